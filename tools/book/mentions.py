"""What the pages mention: links, figures, files, targets of make, quoted code. All of it must exist."""
import re
import shlex
import subprocess
import textwrap
import xml.etree.ElementTree
from pathlib import PurePosixPath

from transcripts import ANY

COLUMNS = 100
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.S)
LINK = re.compile(r'\]\(([^)\s]*)(?:\s+"[^"]*")?\)')
REFERENCE = re.compile(r"^\[[^\]]+\]: +(\S+)", re.M)
HTML = re.compile(r"<(?:/?([A-Za-z][A-Za-z0-9-]*)(?=[\s/>])|!--)")
OUR_FOLDERS = r"(?:chapters|common|guests|tests|tools|book)"
PATH = re.compile(rf"^(?:\.\.?/)*({OUR_FOLDERS}/[^\s:]*?)(?::(\d+))?$")
BARE = re.compile(r"^(?:([\w.-]+\.(?:c|h|S|inc|bin|elf|ld|mk|bats|svg))|Makefile)(?::(\d+))?$")
QUOTED = {"c", "asm", "gas", "make", "makefile", "ld"}


class Mentions:
    """Checks one page after the other."""

    def __init__(self, project, problems):
        self.project, self.problems = project, problems
        self.root = project.root
        self.folders = {
            str(parent) for name in project.files for parent in PurePosixPath(name).parents
        }
        self.names = {name.rsplit("/", 1)[-1] for name in project.files}
        self.targets = {}

    def check(self, page):
        for number, text in page.prose:
            if len(text) > COLUMNS and not text.startswith(("|", "[")):
                self.problems.add(
                    page.name, number, f"{len(text)} columns: prose is wrapped at {COLUMNS}"
                )
        for number, text in page.paragraphs():
            self.check_paragraph(page, number, text)
        for fence in page.fences:
            if fence.language in ("sh", "bash", "console", "text"):
                self.check_commands(page, fence)

    def check_paragraph(self, page, number, text):
        def complain_at(match):
            line = number + text.count("\n", 0, match.start())
            return lambda what: self.problems.add(page.name, line, what)

        for match in SPAN.finditer(text):
            self.check_span(page, " ".join(match[2].split()), complain_at(match))
        text = SPAN.sub(lambda match: re.sub(r"[^\n]", "`", match[0]), text)
        for pattern in (LINK, REFERENCE):
            for match in pattern.finditer(text):
                self.check_link(page, match[1], complain_at(match))
        for match in HTML.finditer(text):
            if (match[1] or "").lower() not in ("details", "summary"):
                complain_at(match)(f"{match[0]}: no HTML but <details> and <summary>")

    def check_link(self, page, target, complain):
        if re.match(r"[a-z]+:", target):
            return
        if not target:
            if page.name != "book/SUMMARY.md":  # there it is a page to come
                complain("a link to nowhere")
            return
        path, _, anchor = target.partition("#")
        path = self.normalise(str(PurePosixPath(page.name).parent / path) if path else page.name)
        if path is None or not self.exists(path):
            complain(f"the link goes to {target}, which git does not know")
        elif re.fullmatch(r"L\d+(-L\d+)?", anchor):
            self.check_line(path, int(re.findall(r"\d+", anchor)[-1]), complain)
        elif anchor and path.endswith(".md") and anchor not in self.anchors(path):
            complain(f"{path} has no heading #{anchor}")
        elif path.endswith(".svg"):
            self.check_figure(path, complain)

    def normalise(self, path):
        """The path without `..`, None when it leaves the repository."""
        parts = []
        for part in PurePosixPath(path).parts:
            if part == "..":
                if not parts:
                    return None
                parts.pop()
            else:
                parts.append(part)
        return "/".join(parts) or "."

    def exists(self, path):
        """Does git know the file or folder, or do the builds make it?"""
        path = path.rstrip("/")
        return path in self.project.files or path in self.folders or self.is_built(path)

    def is_built(self, path):
        return (self.root / path).is_file() and subprocess.run(
            ["git", "check-ignore", "-q", path], cwd=self.root, check=False
        ).returncode == 0

    def anchors(self, path):
        """The headings of a page, as GitHub names them."""
        found, counts, fenced = set(), {}, False
        for text in (self.root / path).read_text(encoding="utf-8").split("\n"):
            fenced ^= text.startswith("```")
            match = re.match(r"#{1,6} +(.*?)[ #]*$", text)
            if match and not fenced:
                name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]))
                name = name.lower().replace(" ", "-")
                counts[name] = counts.get(name, -1) + 1
                found.add(f"{name}-{counts[name]}" if counts[name] else name)
        return found

    def check_figure(self, path, complain):
        try:
            xml.etree.ElementTree.parse(self.root / path)
        except xml.etree.ElementTree.ParseError as error:
            complain(f"{path} is not well-formed: {error}")

    def check_line(self, path, number, complain):
        if number > len(self.project.read_lines(path)):
            complain(f"{path} has no line {number}")

    def check_span(self, page, text, complain):
        path, bare = PATH.match(text), BARE.match(text)
        if re.match(r"make( |$)", text):
            self.check_make(page, text, complain)
        elif path:
            self.check_path(path[1], path[2], complain)
        elif bare and bare[1] and bare[1] not in self.names and not self.is_guest(bare[1]):
            complain(
                f"there is no file {bare[1]} here (others' files are written with their project's folder)"
            )

    def check_path(self, path, line, complain):
        if re.search(r"[*?\[…]", path):
            if not any(self.root.glob(path.replace(ANY, "*"))):
                complain(f"nothing fits {path}")
        elif not self.exists(path):
            complain(f"{path} does not exist, or git does not know it")
        elif line:
            self.check_line(path, int(line), complain)

    def is_guest(self, name):
        return any(
            self.is_built(f"{folder}/{name}")
            for folder in self.folders
            if folder.startswith("guests")
        )

    def check_commands(self, page, fence):
        """The make targets and our files in a block of commands (```text: only in lines with a prompt)."""
        for number, text in fence.lines:
            if not text.startswith("$ ") and fence.language in ("console", "text"):
                continue

            def complain(what, number=number):
                self.problems.add(page.name, number, what)

            for command in re.split(r"&&|\|\||[;|]", re.sub(r"^\$ ", "", text)):
                self.check_make(page, command.strip(), complain)
                for word in command.split():
                    match = PATH.match(word)
                    if match:
                        self.check_path(match[1], match[2], complain)

    def check_make(self, page, command, complain):
        if not re.match(r"make\b", command):
            return
        try:
            words = shlex.split(command)
        except ValueError:  # half of a string with a ; in it
            words = command.split()
        folders, words = self.make_folders(page), iter(words[1:])
        for word in words:
            if word == "-C":
                folder = self.normalise(re.sub(r"^(\.\./)+", "", next(words, ".")))
                folders = [folder]
            elif word == "-f" or word.startswith("#"):
                break
            elif not re.match(r"-|[A-Za-z_]+=", word) and not any(
                word in self.targets_of(f) or self.has_rule(f, word) for f in folders
            ):
                complain(f'make knows no target {word} in {" or ".join(folders)}')

    def make_folders(self, page):
        """Where a reader of this page may type make."""
        chapter = f"chapters/{PurePosixPath(page.name).stem}"
        return (
            [".", chapter]
            if chapter in self.folders
            else [
                ".",
                *sorted(
                    folder for folder in self.folders if f"{folder}/Makefile" in self.project.files
                ),
            ]
        )

    def targets_of(self, folder):
        if folder not in self.targets:
            run = subprocess.run(
                ["make", "-C", folder, "-prq", ":"],
                cwd=self.root,
                check=False,
                text=True,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            lines = run.stdout.split("\n")
            self.targets[folder] = {
                target
                for before, text in zip([""] + lines, lines)
                for target in (re.match(r"([^\s#:=%][^:=#]*):(?!=)", text) or ["", ""])[1].split()
                if not before.startswith("# Not a target")
            }
        return self.targets[folder]

    def has_rule(self, folder, target):
        """A target that a pattern rule makes, which make does not list."""
        run = subprocess.run(
            ["make", "-C", folder, "-n", target],
            cwd=self.root,
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return run.returncode == 0

    def check_quotes(self, page, fence, program):
        """Code that is shown again must be that of the program (name to lines), common/ or guests/."""
        if fence.language not in QUOTED or fence.extra == "sketch":
            return
        parts = parts_of(fence)
        others = (
            self.project.read_lines(name)
            for name in self.project.files
            if re.match(r"(common|guests)/|Makefile$", name)
        )
        if not any(
            find_parts(lines, parts) for source in (program.values(), others) for lines in source
        ):
            self.problems.add(
                page.name,
                fence.number,
                "this code is nowhere in the program here, in common/ or "
                f"in guests/ (if it is not meant to be: ```{fence.language} sketch)",
            )


def parts_of(fence):
    """The lines of a block, in pieces: a line … is between two of them."""
    parts, part = [], []
    for _, text in fence.lines + [(0, ANY)]:
        if text.strip() == ANY:
            parts, part = parts + ([part] if part else []), []
        else:
            part.append(text)
    return parts


def find_parts(lines, parts):
    """The numbers of the lines where the parts stand, in this order, at any indentation; or None."""
    start, found = 0, []
    for part in parts:
        wanted = textwrap.dedent("\n".join(part))
        while start + len(part) <= len(lines):
            if (
                part[0].strip() == lines[start].strip()
                and textwrap.dedent("\n".join(lines[start : start + len(part)])) == wanted
            ):
                break
            start += 1
        else:
            return None
        start += len(part)
        found += range(start - len(part) + 1, start + 1)
    return found


def check_summary(project, problems):
    """book/SUMMARY.md lists every page once."""
    name = "book/SUMMARY.md"
    if not (project.root / name).is_file():
        problems.add(name, 1, "does not exist")
        return
    listed = {}
    for number, text in enumerate((project.root / name).read_text(encoding="utf-8").split("\n"), 1):
        for target in LINK.findall(text):
            if target and target in listed:
                problems.add(name, number, f"{target} is listed in line {listed[target]} already")
            listed[target] = number
    for page in sorted((project.root / "book").glob("*.md")):
        if page.name not in listed and page.name not in ("SUMMARY.md", "README-writers.md"):
            problems.add(name, 1, f"does not list {page.name}")


def check_spelling(project, pages, problems):
    """codespell has no word to say."""
    run = subprocess.run(
        ["codespell", *[page.name for page in pages]],
        cwd=project.root,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in run.stdout.split("\n"):
        match = re.match(r"(?:\./)?(.+?):(\d+): (.*)", line)
        if match:
            problems.add(match[1], int(match[2]), f"spelling: {match[3]}")
        elif line.strip():
            raise SystemExit(f"codespell: {line}")
