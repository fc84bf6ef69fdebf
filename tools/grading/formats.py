"""What tools/grade knows of a submission (its NAME.json), in the forms that people and grade books read.

A hidden demand is one whose tests students do not have. A student sees its title and points; what its tests
are and say stays with the teacher.
"""

import csv
import datetime
import io
import json
import os
import subprocess
import xml.etree.ElementTree as xml

RUNNING = "The grader has not finished with this submission. If this stays so, it was stopped: grade it again.\n"
NO_FAULT = "This could not be graded, which says nothing about the program:\n"
HIDDEN = "Its tests are hidden. Your teacher can show them."


class NotPossible(Exception):
    """This form cannot say that."""


def message_of(result):
    """Why there are no results of tests; '' where there are."""
    return {"running": RUNNING, "error": NO_FAULT + result["message"] + "\n",
            "refused": result["message"].rstrip("\n") + "\n"}.get(result["status"], "")


def points_of(demand):
    return demand.get("points", 0)


def failed_tests(demand):
    return [test for test in demand["tests"] if test.get("status") in ("failed", "not started")]


def where(demand):
    return f"book page {demand['page']}" + (f", step {demand['step']}" if demand["step"] else "")


def explain(demand, output_lines, show_hidden=False, with_guests=False):
    """Why a demand is not met: lines. The guests of tests that failed are where the result is, and nowhere else."""
    lines = [f"hint: {demand['hint']}"] if demand.get("hint") else []
    lines.append(f"read: {where(demand)}")
    if demand.get("hidden") and not show_hidden:
        return lines + [HIDDEN]
    for test in failed_tests(demand):
        lines.append(f"{test['status']}: {test['title']}")
        lines += ["  " + line for line in test["output"].splitlines()[:output_lines]]
        if "command" in test:
            lines.append(f"  run it again, in {test['kept']}: {test['command']}" if with_guests else
                         f"  its last command: {test['command']}")
    return lines


# --- For people ---

def one_text(result):
    what = "Exercise" if "/" in result["task"] else "Chapter"
    variant = "" if result["variant"] is None else f", variant {result['variant']}"
    lines = [f"{what} {result['task']}{variant}, {result['submission']} (seed {result['seed']})", ""]
    if result["status"] == "graded":
        for demand in result["demands"]:
            lines.append(f"{points_of(demand):5g}/{demand['max']:<4g} {demand['title']}")
            if demand["status"] == "failed":
                lines += ["           " + line for line in explain(demand, 12, with_guests=True)]
        if result["max"] < 100:         # a student's copy has no hidden tests
            lines.append(f"    ?/{100 - result['max']:<4g} tests that only your teacher has")
        lines += ["", result["message"].rstrip("\n")] if result["message"] else []
    else:
        lines += message_of(result).splitlines()
    if result["status"] in ("graded", "refused"):
        lines += ["", f"Score: {result['score']:g}/100"]
    return "\n".join(lines) + "\n"


def as_text(results):
    return "\n".join(one_text(result) for result in results)


def as_csv(results):
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["submission", "status", "score", "max", "seconds", "seed", "lost"])
    for r in results:
        lost = "; ".join(d["title"] for d in r["demands"] if d.get("status") == "failed")
        known = r["status"] in ("graded", "refused")
        writer.writerow([r["submission"], r["status"], f"{r['score']:g}" if known else "", r["max"], r["seconds"], r["seed"],
                         lost if r["status"] == "graded" else r["message"].split("\n")[0]])
    return file.getvalue()


# --- For programs ---

def as_junit(results):
    """A test suite for each submission, a test case for each test, in its demand's class."""
    top = xml.Element("testsuites", name="minikvm")

    def element(parent, tag, text=None, **attributes):
        child = xml.SubElement(parent, tag, {key: str(value) for key, value in attributes.items()})
        child.text = text
        return child

    for r in results:
        suite = element(top, "testsuite", name=r["submission"], time=r["seconds"])
        properties = element(suite, "properties")
        for key in "task", "variant", "seed", "status", "score", "max":
            if r[key] is not None:
                element(properties, "property", name=key, value=f"{r[key]:g}" if key == "score" else r[key])
        cases, errors, failures, skipped = 0, 0, 0, 0
        if message := message_of(r):
            cases = 1
            case = element(suite, "testcase", classname=r["task"], name="it can be graded", time=0)
            kind = "failure" if r["status"] == "refused" else "error"
            element(case, kind, message, message=r["status"], type=r["status"])
            errors, failures = int(kind == "error"), int(kind == "failure")
        for demand in r["demands"] if r["status"] == "graded" else []:
            for test in demand["tests"]:
                cases += 1
                case = element(suite, "testcase", classname=f"{r['task']}: {demand['title']} ({demand['max']:g} points)",
                               name=f"hidden test {test['number']}" if demand.get("hidden") else test["title"],
                               time=test.get("seconds", 0))
                if test["status"] == "skipped":
                    skipped += 1
                    element(case, "skipped")
                elif test["status"] != "passed":
                    failures += 1
                    text = HIDDEN if demand.get("hidden") else test["output"]
                    element(case, "failure", text, message=test["status"], type=test["status"])
        for key, value in ("tests", cases), ("failures", failures), ("errors", errors), ("skipped", skipped):
            suite.set(key, str(value))
    xml.indent(top)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(top, encoding="unicode") + "\n"


def only(results, form):
    if len(results) != 1:
        raise NotPossible(f"{form} takes one result, not {len(results)}")
    return results[0]


def as_gradescope(results):
    """results.json as https://gradescope-autograders.readthedocs.io/en/latest/specs/ describes it. Students see hidden
    demands, with what their tests said, after the due date; until then Gradescope does not show them their total."""
    r = only(results, "Gradescope")
    tests = [{
        "name": d["title"],
        "number": str(number),
        "score": points_of(d),
        "max_score": d["max"],
        "status": d["status"],
        "output": "" if d["status"] == "passed" else "\n".join(explain(d, 40, show_hidden=True)) + "\n",
        "output_format": "text",
        "visibility": "after_due_date" if d.get("hidden") else "visible",
    } for number, d in enumerate(r["demands"], 1)] if r["status"] == "graded" else []
    return json.dumps({
        "score": r["score"],
        "execution_time": r["seconds"],
        "output": message_of(r) or f"Task {r['task']}, seed {r['seed']}: {r['max']:g} points in all.\n",
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }, indent=1) + "\n"


def whole_points(demands):
    """Their maxima, most of them whole numbers, rounded so that the sum stays what it is."""
    total, before, found = 0, 0, []
    for d in demands:
        total += d["max"]
        found.append(round(total) - before)
        before = round(total)
    return found


def commit_time():
    """When the submission in the current folder was committed; now, where it is no repository."""
    log = subprocess.run(["git", "show", "-s", "--format=%ct", "HEAD"], capture_output=True, text=True)
    seconds = int(log.stdout) if log.returncode == 0 else datetime.datetime.now().timestamp()
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_classroom50(results):
    """result.json of Classroom 50: schemas/result-v1.schema.json in https://github.com/foundation50/classroom50.
    Its runner starts an autograder.py in the student's repository, and says in the environment what this is."""
    r = only(results, "Classroom 50")
    graded = r["demands"] if r["status"] == "graded" else []
    maxima = whole_points(graded)
    tests = [{"test-name": f"{number}. {d['title']}", "passed": d["status"] == "passed",
              "score": whole if d["status"] == "passed" else 0, "max-score": whole,
              **({} if d["status"] == "passed" else {"output": "\n".join(explain(d, 12))})}
             for number, (d, whole) in enumerate(zip(graded, maxima), 1)]

    def said(name, otherwise="unknown"):
        return os.environ.get(name) or otherwise

    return json.dumps({
        "schema": "classroom50/result/v1",
        "classroom": said("CLASSROOM"),
        "assignment": said("ASSIGNMENT"),
        "assignment_type": said("MODE", "individual"),
        "owner": said("USERNAME", r["submission"]),
        "submission": said("SUBMISSION_TAG", "submit/unknown"),
        "commit": said("COMMIT_URL"),
        "release": said("RELEASE_URL"),
        "review": said("REVIEW_URL", said("COMMIT_URL")),
        "datetime": commit_time(),
        "score": sum(test["score"] for test in tests),
        "max-score": sum(maxima) if graded else r["max"],
        "tests": tests,
    }, indent=1) + "\n"


FORMATS = {"text": as_text, "csv": as_csv, "junit": as_junit, "gradescope": as_gradescope, "classroom50": as_classroom50}


def printable(value):
    """The same without what a terminal would obey and XML cannot write: a student's program may have printed it."""
    if isinstance(value, dict):
        return {key: printable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [printable(item) for item in value]
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c in "\t\n" else "?" for c in value)
    return value


def convert(form, *results):
    """The text of a file in this form, one of FORMATS."""
    return FORMATS[form](printable(list(results)))
