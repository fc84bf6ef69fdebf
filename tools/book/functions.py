"""Every function of 1K OS is printed in the book: those that no page quotes to the end are found."""
import re

from mentions import QUOTED, find_parts, parts_of
from pages import Page

FOLDER = "guests/os1k/"
HEAD = re.compile(r"[A-Za-z_].*?(\w+)\([^;]*$")  # the first line of a function in C
LABEL = re.compile(r"([A-Za-z_]\w*):")


def functions(name, lines):
    """(name, first line, last line) of each function in a file; in assembly, of each label."""
    found = []
    for number, text in enumerate(lines, 1):
        match = (LABEL if name.endswith(".S") else HEAD).match(text)
        if match and name.endswith(".S"):
            rest = lines[number:]
            ends = [i for i, line in enumerate(rest) if LABEL.match(line) or not line.strip()]
            found.append((match[1], number, number + (ends[0] if ends else len(rest))))
        elif match and "{" in lines[number : number + 2]:
            found.append((match[1], number, lines.index("}", number) + 1))
    return found


def check_functions(project, problems):
    """Compares the quotations of all pages with the functions."""
    sources = {
        name: project.read_lines(name)
        for name in project.files
        if name.startswith(FOLDER) and name.endswith((".c", ".S"))
    }
    printed = {name: set() for name in sources}
    for path in sorted((project.root / "book").glob("*.md")) if sources else []:
        for fence in Page(project.root, f"book/{path.name}").fences:
            if fence.language in QUOTED and fence.extra != "sketch":
                for name, lines in sources.items():
                    printed[name].update(find_parts(lines, parts_of(fence)) or [])
    for name, lines in sources.items():
        for function, first, last in functions(name, lines):
            missing = [
                n
                for n in range(first, last + 1)
                if n not in printed[name] and lines[n - 1].strip()
            ]
            if missing:
                problems.add(name, missing[0], f"no page prints this of {function}")
