"""The ```console blocks: split into commands, run again, compared."""
import os
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ANY = "…"
SECONDS = int(os.environ.get("BOOK_SECONDS", 60))  # for one block; in the VM everything is slower
MARK = "@@@ command"
BUILDS = {"make", "cc", "gcc", "clang", "patch", "git"}  # they run here, not in the VM
NEVER = re.compile(r"\bmake( .*)? (test|check-book|shell-vm|os)\b")


@dataclass
class Command:
    """A line `$ COMMAND` of a transcript, and what it prints: (number of the line, text)."""

    number: int
    text: str
    output: list = field(default_factory=list)

    def word(self):
        return self.text.split()[0] if self.text.split() else ""


def read_commands(fence, complain):
    """The commands of a ```console block. One that ends with a backslash goes on in the next line."""
    commands = []
    for number, text in fence.lines:
        if commands and not commands[-1].output and commands[-1].text.endswith("\\"):
            commands[-1].text += "\n" + re.sub(r"^> ?", "", text)
        elif text.startswith("$ "):
            commands.append(Command(number, text[2:]))
        elif commands:
            commands[-1].output.append((number, text))
        else:
            complain(number, 'a transcript begins with "$ " and a command')
            return []
    if not commands:
        complain(fence.number, "a transcript without a command")
    for command in commands:
        if NEVER.search(command.text):
            complain(
                command.number,
                f'"{command.text}" cannot be run by the tests: make this block ```text',
            )
            return []
    return commands


def needs_kvm(commands):
    return any(
        command.word() not in BUILDS and re.search(r"\bminikvm\b|/dev/kvm", command.text)
        for command in commands
    )


class Job:
    """Commands of one block that run in one shell, in one place."""

    def __init__(self, page, folder, commands):
        self.page, self.folder, self.commands = page, folder, commands
        self.file = None

    def write(self, file):
        """Writes it as a script."""
        self.file = Path(file)
        lines = [
            f"cd {shlex.quote(str(self.folder))} || exit",
            "exec 3>&- 4>&- 5>&-",  # what others left open
            "export LC_ALL=C.UTF-8 TERM=dumb",
            'mark() { local status=$?; printf "\\n%s %s\\n" '
            + f'"{MARK}"'
            + ' "$1"; return $status; }',
        ]
        for i, command in enumerate(self.commands):
            lines += [f"mark {i}", command.text]
        lines.append(f"mark {len(self.commands)}")
        self.file.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def check(self, problems):
        """Compares what the commands printed."""
        text = self.read(".out")
        parts = re.split(rf"\n{MARK} \d+\n", text)[1:]
        for i, command in enumerate(self.commands):
            if i + 1 >= len(parts):
                why = (
                    f"does not end in {SECONDS} seconds"
                    if self.read(".status").strip() == "124"
                    else "ends the shell"
                )
                printed = (parts[i] if i < len(parts) else text).strip()
                problems.add(self.page, command.number, f'"{command.text}" {why}: {printed}')
                return
            compare(self.page, command, parts[i], problems)

    def read(self, suffix):
        file = self.file.with_suffix(suffix)
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""


def make_jobs(page, folder, commands):
    """The jobs of a block: those for here, and those for where KVM is."""
    if not needs_kvm(commands):
        return Job(page, folder, commands), None
    here = [command for command in commands if command.word() in BUILDS | {"cd"}]
    there = [command for command in commands if command.word() not in BUILDS]
    built = any(command.word() in BUILDS for command in commands)
    return (Job(page, folder, here) if built else None), Job(page, folder, there)


def pattern(lines):
    """A regular expression for lines of a transcript: … is any text, alone on a line any lines."""
    result = ""
    for text in lines:
        if text.strip() == ANY:
            result += r"(?:.*\n)*?"
        else:
            result += ".+".join(re.escape(part) for part in text.split(ANY)) + r"\n"
    return result


def compare(page, command, printed, problems):
    """Tells the first line of a transcript that differs from what was printed."""
    expected = [text for _, text in command.output]
    printed = printed if printed.endswith("\n") or not printed else printed + "\n"
    if re.fullmatch(pattern(expected), printed):
        return
    fitting = max(k for k in range(len(expected) + 1) if re.match(pattern(expected[:k]), printed))
    rest = printed[re.match(pattern(expected[:fitting]), printed).end() :].split("\n")[:-1]
    number = command.output[fitting][0] if fitting < len(expected) else command.number
    if fitting == len(expected):
        text = f'"{command.text}" prints more: "{rest[0]}"' + (
            f" and {len(rest) - 1} lines" if rest[1:] else ""
        )
    else:
        text = f'"{expected[fitting]}" is not what is printed: ' + (
            f'"{rest[0]}"' if rest else "nothing more"
        )
    problems.add(page, number, text)


def environment():
    """Ours, without what a make around us left there."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "NO_COLOR")
    }


def run_here(root, folder, jobs):
    """Runs jobs one after another; their scripts go into the folder."""
    write_jobs(folder, jobs)
    subprocess.run(
        [str(root / "tools/book/run-jobs"), str(folder), str(SECONDS)],
        check=False,
        env=environment(),
    )


def run_in_vm(root, folder, jobs):
    """The same in the VM; a message when that failed."""
    write_jobs(folder, jobs)
    run = subprocess.run([str(root / "tools/setup"), "vm"], check=False)
    if run.returncode:
        return "the VM cannot be set up"
    run = subprocess.run(
        [
            "setpriv",
            "--pdeathsig",
            "TERM",
            str(root / "tools/vm/run"),
            "--timeout",
            str(SECONDS * len(jobs) + SECONDS),
            str(root / "tools/book/run-jobs"),
            str(folder),
            str(SECONDS),
        ],
        check=False,
        env=environment(),
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return f"the VM failed: {run.stdout.strip()}" if run.returncode else None


def write_jobs(folder, jobs):
    folder.mkdir(parents=True, exist_ok=True)
    for i, job in enumerate(jobs):
        job.write(folder / f"{i:03}.sh")


def where_kvm_is(root):
    """'here' or 'vm'."""
    venue = subprocess.run(
        [str(root / "tools/probe")], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return "here" if venue.startswith("KVM here: full") else "vm"
