"""How a chapter moves, in numbers: how long its reader waits until something runs."""
import re

FIRST = 400  # words before the first run
WAY = 700  # words between two runs
ASIDE = 8  # words in parentheses
DIFFS = 3  # diffs in a row, without a paragraph that says why


def words(text):
    """Words of prose: no table, no heading, no figure."""
    if re.match(r" *(\||#|!\[|<)", text):
        return 0
    return len(text.split())


class Pace:
    """`first` and `longest` of a chapter's page; a console block is a run."""

    def __init__(self, page):
        self.page = page
        self.first = self.longest = self.start = 0
        runs = [fence.number for fence in page.fences if fence.language == "console"]
        begin = 0
        for run in runs:
            way = sum(words(text) for number, text in page.prose if begin < number < run)
            if not begin:
                self.first = way
            elif way > self.longest:
                self.longest, self.start = way, begin
            begin = run

    def check(self, complain):
        if self.first > FIRST:
            complain(1, f"{self.first} words before anything runs: {FIRST} are the most")
        if self.longest > WAY:
            complain(self.start, f"{self.longest} words until something runs again: {WAY} are the most")
        for number, text in self.page.paragraphs():
            for match in re.finditer(r"\(([^()]*)\)", text):
                if len(match[1].split()) > ASIDE:
                    line = number + text[: match.start()].count("\n")
                    complain(line, f"more than {ASIDE} words in parentheses: ({match[1][:30]}…")
        self.check_diffs(complain)

    def check_diffs(self, complain):
        row, last = 0, 0
        for fence in self.page.diffs():
            between = sum(words(text) for number, text in self.page.prose if last < number < fence.number)
            row = row + 1 if between == 0 else 1
            if row == DIFFS + 1:
                complain(fence.number, f"{row} diffs without a paragraph between them: {DIFFS} are the most")
            last = fence.end

    def report(self):
        name = self.page.name.removeprefix("book/").removesuffix(".md")
        return f"book: {name}: {self.first} words before the first run, at most {self.longest} between two"
