"""A page of the book: its code blocks, its prose, the diffs in it. Every line keeps its number."""
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

FENCE = re.compile(r"^( *)(`{3,}|~{3,}) *([^\s`]*) *([^`]*?) *$")
CHECKPOINT = re.compile(r"^\*\*Checkpoint (\d+)\b")
HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$")


class Problems:
    """What is wrong with the book, told as `page:line: what`, in the order of the pages."""

    def __init__(self):
        self.found = []

    def add(self, page, line, text):
        self.found.append((str(page), line, text))

    def print(self):
        for page, line, text in sorted(self.found, key=lambda problem: problem[:2]):
            print(f"{page}:{line}: {text}")


@dataclass
class Fence:
    """A block between two ``` lines; `number` is the first one's."""

    number: int
    language: str
    extra: str
    indent: int
    lines: list = field(default_factory=list)  # of (number, text)
    end: int = 0  # the closing line


@dataclass(eq=False)
class Hunk:
    """One @@ of a diff block. `lines` are (number, ' ', '+' or '-', text)."""

    number: int
    file: str = None
    temporary: bool = False  # ```diff for-now
    creates: bool = False
    deletes: bool = False
    section: int = 0  # the line of its --- and +++ headers
    header: str = None  # its @@ line
    lines: list = field(default_factory=list)

    def texts(self, operations):
        return [text for _, operation, text in self.lines if operation in operations]

    def key(self):
        return self.file, tuple(line[1:] for line in self.lines)

    def context(self):
        """How many lines of context it has above and below."""
        operations = "".join(operation for _, operation, _ in self.lines)
        above = len(operations) - len(operations.lstrip(" "))
        return above, len(operations) - len(operations.rstrip(" "))


class Page:
    """One file of Markdown."""

    def __init__(self, root, name):
        self.name = str(name)
        self.text = (root / name).read_text(encoding="utf-8")
        self.lines = self.text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.fences = []
        self.prose = []  # (number, text) outside the code blocks
        self._read()

    def _read(self):
        fence, mark = None, ""
        for number, text in enumerate(self.lines, 1):
            match = FENCE.match(text)
            if fence and match and not match[3] and match[2].startswith(mark):
                fence.end = number
                fence = None
            elif fence:
                fence.lines.append((number, remove_indent(text, fence.indent)))
            elif match:
                fence, mark = Fence(number, match[3], match[4], len(match[1])), match[2]
                self.fences.append(fence)
            else:
                self.prose.append((number, text))
        if fence:
            fence.end = len(self.lines) + 1

    def paragraphs(self):
        """(number of the first line, text) of each group of prose lines."""
        groups, last = [], -1
        for number, text in self.prose:
            if text.strip() and number == last + 1:
                groups[-1][1] += "\n" + text
            elif text.strip():
                groups.append([number, text])
            last = number if text.strip() else -1
        return groups

    def diffs(self):
        return [fence for fence in self.fences if fence.language == "diff"]

    def checkpoints(self):
        """(number of the line, number of the checkpoint) in reading order."""
        found = [(number, CHECKPOINT.match(text)) for number, text in self.paragraphs()]
        return [(number, int(match[1])) for number, match in found if match]


def remove_indent(text, indent):
    return text[indent:] if not text[:indent].strip() else text


def file_name(header):
    """The file of a `--- a/vm.c` or `+++ b/vm.c` line, None for /dev/null."""
    name = header[4:].split("\t")[0].strip()
    if name == "/dev/null":
        return None
    return re.sub(r"^[ab]/", "", name)


def read_hunks(fence, complain=lambda number, text: None):
    """The hunks of a diff block. Without --- and +++ lines, `file` is None; without @@, `header` is."""
    hunks, lines, i = [], fence.lines, 0
    name, creates, deletes, section, temporary = None, False, False, 0, fence.extra == "for-now"
    while i < len(lines):
        number, text = lines[i]
        if text.startswith("--- ") and i + 1 < len(lines) and lines[i + 1][1].startswith("+++ "):
            old, new = file_name(text), file_name(lines[i + 1][1])
            if old and new and old != new:
                complain(number, f"a diff of one file, but it names two: {old} and {new}")
            name, creates, deletes, section = new or old, old is None, new is None, number
            i += 1
        elif text.startswith("@@"):
            if not HUNK.match(text):
                complain(number, f'this is no line like "@@ -1,2 +1,3 @@": {text}')
            hunks.append(Hunk(number, name, temporary, creates, deletes, section, text))
        elif text[:1] in ("", " ", "+", "-"):
            if not hunks or hunks[-1].section != section:
                hunks.append(Hunk(number, name, temporary, creates, deletes, section))
            hunks[-1].lines.append((number, text[:1] or " ", text[1:]))
        else:
            complain(number, f"a line of a diff begins with a space, + or -: {text}")
        i += 1
    return hunks


class Project:
    """The repository: its chapters, and the files that git knows."""

    def __init__(self, root):
        self.root = Path(root)
        run = subprocess.run(
            ["git", "ls-files", "-z"], cwd=self.root, check=False, stdout=subprocess.PIPE, text=True
        )
        if run.returncode:
            raise SystemExit("git cannot tell which files there are (see above)")
        self.files = [
            name for name in run.stdout.split("\0") if name and (self.root / name).is_file()
        ]
        self.chapters = sorted(
            {name.split("/")[1] for name in self.files if re.match(r"chapters/\d\d-[^/]+/", name)}
        )

    def chapter(self, name):
        """A chapter's files and their lines: what git knows of the folder, as it is on the disk."""
        prefix = f"chapters/{name}/"
        return {
            path[len(prefix) :]: self.read_lines(path)
            for path in self.files
            if name and path.startswith(prefix)
        }

    def read_lines(self, path):
        text = (self.root / path).read_text(encoding="utf-8")
        if text and not text.endswith("\n"):
            raise SystemExit(f"{path}: its last line does not end with a newline")
        return text.split("\n")[:-1]

    def before(self, chapter):
        """The chapter before this one, None for the first."""
        i = self.chapters.index(chapter)
        return self.chapters[i - 1] if i else None

    def page(self, chapter):
        """The chapter's page, None when it is not written yet."""
        name = f"book/{chapter}.md"
        return Page(self.root, name) if (self.root / name).is_file() else None

    def find_chapter(self, number):
        """The chapter of a number such as 02, 2 or 02-one-byte-guest."""
        for chapter in self.chapters:
            if number == chapter or number.isdigit() and int(number) == int(chapter[:2]):
                return chapter
        raise SystemExit(f'there is no chapter {number}: {" ".join(self.chapters)}')


def heading_of(lines, above):
    """What follows @@: the last of the lines above that begins with a letter, as diff -p shows it."""
    for text in reversed(lines[:above]):
        if re.match(r"[A-Za-z_$]", text):
            return text.rstrip()
    return ""
