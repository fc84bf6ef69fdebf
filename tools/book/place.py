"""Which change of a chapter is in which hunk of its page, also when page and code no longer agree.

For each file there is a view: all lines of the chapter before and of the chapter, in one sequence, as
git's diff puts them together. A hunk of the page claims the changed lines that it prints; from the
claims every hunk can be written anew.
"""
import re
import subprocess
import tempfile
from dataclasses import dataclass

from diffs import write_program
from pages import Hunk, heading_of, read_hunks

CONTEXT = 3


@dataclass(eq=False)
class Entry:
    """A line of a view: ' ' in both chapters, '-' in the old, '+' in the new, 'T' in none: for now."""

    operation: str
    text: str
    hunk: Hunk = None  # what takes a '-' away, what adds a '+' or a 'T'
    taker: Hunk = None  # what takes a 'T' away

    def is_there(self, done):
        """Is it in the program when the hunks of `done` are applied?"""
        if self.operation == "T":
            return self.hunk in done and self.taker not in done
        return self.operation == " " or (self.operation == "+") == (self.hunk in done)

    def is_open(self):
        """Does a change of this line stand nowhere in the page?"""
        return self.operation != " " and not (self.taker if self.operation == "T" else self.hunk)

    def claim(self, hunk):
        if self.operation == "T":
            self.taker = hunk
        else:
            self.hunk = hunk

    def weight(self):
        """Lines such as } are everywhere: they prove little."""
        return 1.0 if re.search(r"\w\w", self.text) else 0.2

    def score(self, operation, text):
        """How well a hunk's line fits; 0 when it does not."""
        if text != self.text:
            return 0
        if operation == " ":
            return self.weight() * (1 if self.operation == " " else 0.7)
        if self.is_open() and operation == {"T": "-"}.get(self.operation, self.operation):
            return 3 * self.weight()
        return 0.3 * self.weight() if self.operation == " " else 0


class View:
    """One file's entries."""

    def __init__(self, name, old, new):
        self.name, self.is_new, self.is_gone = name, old is None, new is None
        self.entries = [Entry(line[0], line[1:]) for line in merge(old or [], new or [])]

    def changed(self):
        return [entry for entry in self.entries if entry.operation != " "]

    def open(self):
        return [entry for entry in self.entries if entry.is_open()]

    def counts(self):
        """Lines added, lines removed."""
        return [sum(entry.operation == wanted for entry in self.entries) for wanted in "+-"]

    def claim_rest(self):
        """Hunks for what stands nowhere in the page."""
        where = [i for i, entry in enumerate(self.entries) if entry.is_open()]
        hunks = []
        for first, last in clusters(where, 2 * CONTEXT):
            hunks.append(Hunk(0, self.name))
            for entry in self.entries[first : last + 1]:
                if entry.is_open():
                    entry.claim(hunks[-1])
        return hunks


def merge(old, new):
    """The lines of both, each with ' ', '-' or '+' before it."""
    with tempfile.TemporaryDirectory() as folder:
        write_program(folder, {"old": old, "new": new})
        output = subprocess.run(
            [
                "git",
                "diff",
                "--no-index",
                "--no-color",
                "--no-ext-diff",
                "--histogram",
                f"-U{len(old) + len(new) + 1}",
                "old",
                "new",
            ],
            cwd=folder,
            check=False,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
    if not output:
        return [" " + text for text in old]
    return output.split("\n@@ ", 1)[1].split("\n")[1:-1]


def clusters(positions, gap):
    """First and last of each group of positions with at most `gap` others between neighbours."""
    groups = []
    for position in positions:
        if groups and position - groups[-1][1] - 1 <= gap:
            groups[-1][1] = position
        else:
            groups.append([position, position])
    return groups


def align(view, hunk):
    """The best alignment of a hunk with the file (Smith and Waterman's): its score, and pairs of the
    numbers of the hunk's line and the entry."""
    rows, columns = len(hunk.lines), len(view.entries)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step = [[None] * (columns + 1) for _ in range(rows + 1)]
    top = (0.0, 0, 0)
    for i in range(1, rows + 1):
        _, operation, text = hunk.lines[i - 1]
        for j, entry in enumerate(view.entries, 1):
            fit = entry.score(operation, text)
            skip = 0.02 if entry.operation == " " else 0.06
            options = [
                (0.0, None),
                (best[i - 1][j] - 0.05, "hunk"),
                (best[i][j - 1] - skip, "file"),
            ]
            if fit:
                options.append((best[i - 1][j - 1] + fit, "both"))
            best[i][j], step[i][j] = max(options, key=lambda option: option[0])
            if best[i][j] > top[0]:
                top = (best[i][j], i, j)
    pairs, (total, i, j) = [], top
    while i and j and step[i][j]:
        if step[i][j] == "both":
            pairs.append((i - 1, j - 1))
        i, j = i - (step[i][j] != "file"), j - (step[i][j] != "hunk")
    return total, pairs[::-1]


def insert_temporary(view, hunk):
    """Puts a hunk's lines that are there for now where its context stands, and takes such lines away."""
    _, pairs = align(view, hunk)
    position = {i: j for i, j in pairs}
    for i, j in pairs:
        if hunk.lines[i][1] == "-" and view.entries[j].operation == "T":
            view.entries[j].claim(hunk)
    where, inserts = pairs[0][1] if pairs else len(view.entries), []
    for i, (_, operation, text) in enumerate(hunk.lines):
        if i in position:
            where = position[i] + 1
        elif operation == "+":
            inserts.append((where, Entry("T", text, hunk=hunk)))
    for where, entry in reversed(inserts):
        view.entries.insert(where, entry)


def place(view, hunks):
    """Gives the hunks of a file their changed lines, the surest hunk first."""
    waiting, placed = [(align(view, hunk), hunk) for hunk in hunks], []
    while waiting:
        waiting.sort(key=lambda item: -item[0][0])
        (_, pairs), hunk = waiting.pop(0)
        placed.append((hunk, pairs))
        claimed = {j for i, j in pairs if view.entries[j].is_open() and hunk.lines[i][1] != " "}
        for j in claimed:
            view.entries[j].claim(hunk)
        waiting = [
            (align(view, other) if any(j in claimed for _, j in result[1]) else result, other)
            for result, other in waiting
        ]
    for hunk, pairs in placed:
        claim_replaced(view, hunk, pairs)


def claim_replaced(view, hunk, pairs):
    """Where a hunk has lines that are not in the code any more, it gets what stands there instead."""
    ends = [(-1, -1), *pairs, (len(hunk.lines), len(view.entries))]
    for (i, j), (i_next, j_next) in zip(ends, ends[1:]):
        lost = sum(operation != " " for _, operation, _ in hunk.lines[i + 1 : i_next])
        instead = (
            [k for k in range(j + 1, j_next) if view.entries[k].is_open()] if lost and pairs else []
        )
        if i < 0:
            instead = [k for k in instead if is_changed(view, k, j_next)][-lost:]
        elif i_next == len(hunk.lines):
            instead = [k for k in instead if is_changed(view, j + 1, k)][:lost]
        for k in instead:
            view.entries[k].claim(hunk)


def is_changed(view, start, end):
    return all(entry.operation != " " for entry in view.entries[start:end])


def claim_new(view, base):
    """Lines that have changed since `base`, the view of then, go to the hunk that they touch."""
    known = {(entry.operation, entry.text) for entry in base.changed()}
    for entries in (view.entries, view.entries[::-1]):
        for before, entry in zip(entries, entries[1:]):
            is_new = (entry.operation, entry.text) not in known or entry.weight() < 1
            if (
                before.hunk
                and before.operation != "T"
                and entry.operation in "+-"
                and entry.is_open()
                and is_new
            ):
                entry.claim(before.hunk)


def view_chapter(project, chapter, page):
    """The chapter's changed files and those that the page names: name to View, new files last."""
    old, new = project.chapter(project.before(chapter)), project.chapter(chapter)
    named = {hunk.file for fence in page.diffs() for hunk in read_hunks(fence)} if page else set()
    return {
        name: View(name, old.get(name), new.get(name))
        for name in sorted(set(old) | set(new), key=lambda name: (name not in old, name))
        if old.get(name) != new.get(name) or name in named
    }


def place_page(project, chapter, page, base=None):
    """The views of the chapter with the page's claims, and the hunks of each of the page's diffs."""
    views = view_chapter(project, chapter, page)
    hunks, last = {}, None
    for fence in page.diffs() if page else []:
        hunks[fence.number] = read_hunks(fence)
        for hunk in hunks[fence.number]:
            hunk.file = last = hunk.file or last
    for name, view in views.items():
        mine = [hunk for found in hunks.values() for hunk in found if hunk.file == name]
        for hunk in mine:
            if hunk.temporary:
                insert_temporary(view, hunk)
        place(view, [hunk for hunk in mine if not hunk.temporary])
        if base and name in base:
            claim_new(view, base[name])
    return views, hunks


def render(view, done, now, context=(0, 0)):
    """The diff that applies the hunks `now` where those of `done` are applied: a list of lines."""
    after = done | now
    shown = [entry for entry in view.entries if entry.is_there(done) or entry.is_there(after)]
    changes = [i for i, entry in enumerate(shown) if entry.is_there(done) != entry.is_there(after)]
    if not changes:
        return []
    above, below = context if any(context) else (CONTEXT, CONTEXT)
    below = max(above, below)
    old = [entry.text for entry in shown if entry.is_there(done)]
    is_gone = view.is_gone and not any(entry.is_there(after) for entry in shown)
    lines = [
        "--- /dev/null" if view.is_new and not old else f"--- a/{view.name}",
        "+++ /dev/null" if is_gone else f"+++ b/{view.name}",
    ]
    for first, last in clusters(changes, above + below):
        start, end = max(0, first - above), last + below + 1
        old_above, old_count = count(shown[:start], done), count(shown[start:end], done)
        new_above, new_count = count(shown[:start], after), count(shown[start:end], after)
        lines.append(
            f"@@ -{span(old_above, old_count)} +{span(new_above, new_count)} @@ "
            f"{heading_of(old, old_above)}".rstrip()
        )
        lines += [line_of(entry, done, after) for entry in shown[start:end]]
    return lines


def count(entries, done):
    return sum(entry.is_there(done) for entry in entries)


def span(above, lines):
    return f"{above + (lines > 0)}" + ("" if lines == 1 else f",{lines}")


def line_of(entry, done, after):
    """As a diff shows it; an empty line of context is empty."""
    if entry.is_there(done) == entry.is_there(after):
        return " " + entry.text if entry.text else ""
    return ("+" if entry.is_there(after) else "-") + entry.text
