"""The diffs of a chapter's page: applied in reading order, they make the chapter of the one before."""
import difflib
import re
import subprocess
import tempfile
from bisect import bisect
from dataclasses import dataclass
from pathlib import Path

from pages import HUNK, Problems, heading_of, read_hunks


@dataclass(frozen=True)
class Line:
    """A line of code while the page is read: where it stood before, or where the page prints it."""

    text: str
    old: int = 0  # its number in the chapter before
    printed: int = 0  # the page's line that adds it
    block: int = 0  # the diff block that adds it
    temporary: bool = False  # for now


class Reader:
    """Someone who types along: `files` are the program's, as far as the page has been read."""

    def __init__(self, project, chapter, page, problems):
        self.project, self.chapter, self.page, self.problems = project, chapter, page, problems
        self.before = project.before(chapter)
        self.files = {
            name: [Line(text, number) for number, text in enumerate(lines, 1)]
            for name, lines in project.chapter(self.before).items()
        }
        self.target = project.chapter(chapter)
        self.counts = {}  # file: [lines added, lines removed]
        self.gone = []  # (file, Line, the page's line that takes it away, the block of that)
        self.broken = set()  # files with a hunk that could not be applied
        self.wrong = set()  # files with a hunk that something is wrong with
        self.told = 0  # how many problems this page has
        self.seen = {}  # what each hunk so far does, and its line

    def complain(self, number, text):
        self.told += 1
        self.problems.add(self.page.name, number, text)

    def texts(self):
        """The program so far: each file's lines."""
        return {name: [line.text for line in lines] for name, lines in self.files.items()}

    def read(self, fence):
        """Applies a diff block."""
        if fence.indent:
            self.complain(fence.number, "a diff is not indented: patch could not read it")
        if fence.extra not in ("", "for-now"):
            self.complain(fence.number, f'"{fence.extra}" behind ```diff: there is only "for-now"')
        hunks = read_hunks(fence, self.complain)
        if not hunks:
            self.complain(fence.number, "a diff block without a diff")
        shift, section, unchanged = 0, None, []
        for hunk in hunks:
            if hunk.section != section:
                shift, section = 0, hunk.section
                unchanged = [line.text for line in self.files.get(hunk.file, [])]
            if hunk.file in self.broken:
                continue
            told = self.told
            if self.is_well_formed(hunk) and self.apply(hunk, shift, fence.number):
                self.check_heading(hunk, unchanged)
                shift += len(hunk.texts("+")) - len(hunk.texts("-"))
            else:
                self.broken.add(hunk.file)
            if self.told > told:
                self.wrong.add(hunk.file)

    def is_well_formed(self, hunk):
        match = hunk.header and HUNK.match(hunk.header)
        if not hunk.file or not match:
            missing = '"@@ -1,2 +1,3 @@" line' if hunk.file else "--- and +++ lines"
            self.complain(
                hunk.number, f"this diff has no {missing} (tools/book-refresh makes them)"
            )
            return False
        counts = [int(match[i] or 1) for i in (2, 4)]
        if counts != [len(hunk.texts(" -")), len(hunk.texts(" +"))]:
            self.complain(
                hunk.number,
                f'{hunk.header[:hunk.header.index("@@", 2) + 2]} counts other '
                f'lines than there are: {len(hunk.texts(" -"))} old, {len(hunk.texts(" +"))} new',
            )
            return False
        if not hunk.texts("+-"):
            self.complain(hunk.number, "this hunk changes nothing")
            return False
        return True

    def apply(self, hunk, shift, block):
        if hunk.creates == (hunk.file in self.files):
            self.complain(
                hunk.section,
                f"{hunk.file} is there already"
                if hunk.creates
                else f'there is no {hunk.file} yet: a new file begins with "--- /dev/null"',
            )
            return False
        match = HUNK.match(hunk.header)
        old = self.files.get(hunk.file, [])
        count = len(hunk.texts(" -"))
        start = int(match[1]) - (count > 0) + shift
        new_start = start + (len(hunk.texts(" +")) > 0)
        if int(match[3]) != new_start:
            self.complain(hunk.number, f"the hunk lands at line {new_start}, not {match[3]}")
            return False
        if not self.fits(hunk, old, start):
            return False
        self.files[hunk.file] = (
            old[:start] + self.apply_lines(hunk, old, start, block) + old[start + count :]
        )
        if hunk.deletes and not self.files[hunk.file]:
            del self.files[hunk.file]
        self.seen.setdefault(hunk.key(), hunk.number)
        return True

    def fits(self, hunk, old, start):
        """Do the hunk's context and the lines it takes away stand where it says?"""
        earlier = self.seen.get(hunk.key())
        i = start
        for number, operation, text in hunk.lines:
            if operation == "+":
                continue
            if i >= len(old) or old[i].text != text:
                self.complain(
                    hunk.number if earlier else number,
                    f"the same hunk of {hunk.file} is at line {earlier} already"
                    if earlier
                    else f'{hunk.file}:{i + 1} is not "{text}" here, but {self.describe(old, i)}',
                )
                return False
            i += 1
        above, below = hunk.context()
        if below < above and i < len(old):
            self.complain(
                hunk.number,
                f"{hunk.file}:{start + 1}: {above} lines of context above and {below} "
                "below: patch needs as many below as above",
            )
            return False
        return True

    def describe(self, lines, i):
        if i >= len(lines):
            return "behind its end"
        where = f", printed at line {lines[i].printed}" if lines[i].printed else ""
        return f'"{lines[i].text}"{where}'

    def check_heading(self, hunk, lines):
        """What stands behind @@ is as in `lines`, the file before its headers (--- and +++)."""
        match = HUNK.match(hunk.header)
        right = heading_of(lines, int(match[1]) - (match[2] != "0"))
        if match[5] and match[5] != right:
            self.complain(
                hunk.number,
                f'behind @@ stands "{match[5]}", but the function above '
                f'{hunk.file}:{match[1]} is "{right}"',
            )

    def apply_lines(self, hunk, old, start, block):
        """The lines that take the place of old[start:], as many as the hunk covers."""
        result, i = [], start
        counts = self.counts.setdefault(hunk.file, [0, 0])
        for number, operation, text in hunk.lines:
            if operation == "+":
                result.append(Line(text, 0, number, block, hunk.temporary))
                counts[0] += not hunk.temporary
                continue
            if operation == " ":
                result.append(old[i])
            elif hunk.temporary and not old[i].temporary:
                self.complain(
                    number, "a diff for now takes away only lines that are there for now"
                )
            elif old[i].printed and not old[i].temporary:
                self.complain(
                    number,
                    f"takes away a line that the page adds at line {old[i].printed}: "
                    "every line is printed once, as it is in the end",
                )
            elif not old[i].temporary:
                self.gone.append((hunk.file, old[i], number, block))
                counts[1] += 1
            i += 1
        return result

    def finish(self):
        """Is the program now the chapter, and was nothing printed in vain?"""
        for name in sorted(set(self.files) | set(self.target)):
            if name not in self.broken:
                self.compare(name, self.files.get(name), self.target.get(name))
                self.find_brought_back(name)
        self.check_glance()
        if not self.told:
            self.check_with_patch()

    def last_diff(self):
        diffs = self.page.diffs()
        return diffs[-1].number if diffs else 1

    def compare(self, name, mine, target):
        path = f"chapters/{self.chapter}/{name}"
        if target is None:
            self.complain(
                self.last_diff(), f"{path} does not exist, but {name} is there in the end"
            )
            return
        if mine is None:
            self.complain(self.last_diff(), f"no diff adds {path}: see tools/book-diffs")
            return
        for line in mine:
            if line.temporary:
                self.complain(
                    line.printed, f'is in {name} for now, but no diff takes it away: "{line.text}"'
                )
        matcher = difflib.SequenceMatcher(
            None, [line.text for line in mine], target, autojunk=False
        )
        for kind, i, i_end, j, j_end in matcher.get_opcodes():
            if kind != "equal":
                self.tell_difference(path, mine[:i], mine[i:i_end], target, j, j_end)

    def tell_difference(self, path, above, mine, target, j, j_end):
        printed = [line for line in mine if line.printed and not line.temporary]
        kept = [line for line in mine if not line.printed]
        if printed:
            where = f"{path}:{j + 1}"
            there = f'is "{target[j]}"' if j < j_end else "has no such line"
            self.complain(printed[0].printed, f'prints "{printed[0].text}", but {where} {there}')
        if kept:
            self.complain(
                self.last_diff(),
                f'chapters/{self.before}/{path.split("/", 2)[2]}:{kept[0].old}: '
                f'no diff takes away "{kept[0].text}"',
            )
        if j < j_end and not printed:
            near = next(
                (line.printed for line in reversed(above) if line.printed), self.last_diff()
            )
            lines = f"{j + 1}" if j_end == j + 1 else f"{j + 1}-{j_end}"
            self.complain(
                near,
                f'{path}:{lines}: no diff prints "{target[j].strip()}"'
                + (f" and the {j_end - j - 1} lines behind it" if j_end > j + 1 else ""),
            )

    def find_brought_back(self, name):
        """Lines that one diff takes away and another one adds again at the same place."""
        lines = self.files.get(name, [])
        kept = [line.old for line in lines if line.old]
        added, above = {}, 0
        for line in lines:
            above = line.old or above
            if line.printed and re.search(r"\w", line.text):
                added[bisect(kept, above), line.text] = line
        for file, line, number, block in self.gone:
            again = added.get((bisect(kept, line.old), line.text)) if file == name else None
            if again and again.block != block:
                self.complain(
                    max(again.printed, number),
                    "what one diff takes away another one brings back, at lines "
                    f'{min(number, again.printed)} and {max(number, again.printed)}: "{line.text}"',
                )

    def check_glance(self):
        """The table of the change at a glance has the numbers of the diffs."""
        counts, last = {name: count for name, count in self.counts.items() if any(count)}, 1
        for number, text in self.page.prose:
            match = GLANCE.match(text)
            if match:
                last, count = number, counts.pop(match[1], [0, 0])
                if [int(match[2]), int(match[3])] != count and match[1] not in self.broken:
                    self.complain(
                        number, f"{match[1]}: the diffs add {count[0]} lines and remove {count[1]}"
                    )
        if counts:
            self.complain(
                last,
                f'the change at a glance does not list {", ".join(sorted(counts))} '
                "(tools/book-diffs --glance prints the table)",
            )

    def check_with_patch(self):
        """The proof: the page itself, given to patch, makes the chapter."""
        with tempfile.TemporaryDirectory() as folder:
            write_program(folder, self.project.chapter(self.before))
            run = subprocess.run(
                ["patch", "-p1", "--force", "--fuzz=0", "--no-backup-if-mismatch", "-d", folder],
                input=self.page.text,
                text=True,
                check=False,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
            loose = re.search(r".*(offset|fuzz|FAILED|garbage).*", run.stdout)
            if self.page.diffs() and (run.returncode or loose):
                self.complain(
                    1,
                    "patch, given the whole page (also what is in other blocks), says: "
                    f"{loose[0] if loose else run.stdout.strip()}",
                )
                return
            made = {
                str(path.relative_to(folder)): path.read_text(encoding="utf-8").split("\n")[:-1]
                for path in Path(folder).rglob("*")
                if path.is_file()
            }
            for name in sorted(set(made) | set(self.target)):
                if made.get(name) != self.target.get(name):
                    self.complain(
                        1,
                        f"patch, given the whole page, makes a {name} that is not chapters/{self.chapter}/{name}",
                    )


def right_files(project, chapter, page):
    """The files that the page makes exactly, perhaps by other hunks than git would: nothing to do."""
    reader = Reader(project, chapter, page, Problems())
    for fence in page.diffs():
        reader.read(fence)
    made = reader.texts()
    return {
        name for name in made if name not in reader.wrong and made[name] == reader.target.get(name)
    }


GLANCE = re.compile(r"^\| *`([^`]+)`[^|]*\| *\+?(\d+) *\| *[−-]?(\d+) *\|")


def glance(changes):
    """The table of the change at a glance: file to [lines added, lines removed]."""
    rows = [f"| `{name}` | +{added} | −{removed} |" for name, (added, removed) in changes.items()]
    return ["| file | added | removed |", "|---|--:|--:|"] + rows


def write_program(folder, files):
    for name, lines in files.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
