"""Which change of a chapter is in which hunk of its page, also when page and code no longer agree.

For each file there is a `Merged` view: all lines of the chapter before and of the chapter, in one
sequence, as `diff` puts them together. A hunk of the page *claims* the changed lines that it prints;
from the claims every hunk can be written anew.
"""
import re
import subprocess
import tempfile
from pathlib import Path

from diffs import write_program
from pages import heading_of, read_hunks

CONTEXT = 3


class Merged:
    """A file's lines: (operation, text), ' ' for those in both chapters; and who claims the others."""

    def __init__(self, name, old, new):
        self.name, self.old, self.new = name, old, new
        self.lines = merge_lines(old or [], new or [])
        self.claims = {}                            # index of a changed line: its Hunk

    def changed(self):
        return [i for i, (operation, _) in enumerate(self.lines) if operation != ' ']

    def unclaimed(self):
        return [i for i in self.changed() if i not in self.claims]

    def lines_of(self, hunks):
        return {i for i, claimer in self.claims.items() if any(claimer is hunk for hunk in hunks)}

    def counts(self):
        """Lines added, lines removed."""
        return [sum(operation == wanted for operation, _ in self.lines) for wanted in '+-']

    def parts(self, changed):
        """The changed lines in sets, each to be shown as one hunk."""
        return [{i for i in changed if first <= i <= last} for first, last in clusters(changed, 2 * CONTEXT)]


def merge_lines(old, new):
    """[(' ', '-' or '+', text)] by git's diff with all lines for context."""
    with tempfile.TemporaryDirectory() as folder:
        write_program(folder, {'old': old, 'new': new})
        output = subprocess.run(['git', 'diff', '--no-index', '--no-color', '--no-ext-diff', '--histogram',
                                 f'-U{len(old) + len(new) + 1}', 'old', 'new'], cwd=folder, check=False,
                                stdout=subprocess.PIPE, text=True).stdout
    if not output:
        return [(' ', text) for text in old]
    body = output.split('\n@@ ', 1)[1].split('\n')[1:-1]
    return [(line[0], line[1:]) for line in body]


def merge_chapter(project, chapter):
    """The changed files of a chapter: name to Merged, new files last."""
    old, new = project.chapter(project.before(chapter)), project.chapter(chapter)
    names = sorted(set(old) | set(new), key=lambda name: (name not in old, name))
    return {name: Merged(name, old.get(name), new.get(name))
            for name in names if old.get(name) != new.get(name)}


def weight(text):
    """Lines such as } are everywhere: they prove little."""
    return 1.0 if re.search(r'\w\w', text) else 0.2


def score(merged, j, operation, text):
    """How well a hunk's line fits line j; 0 when it does not."""
    there, there_text = merged.lines[j]
    if text != there_text or j in merged.claims and operation != ' ':
        return 0
    if operation == there:
        return weight(text) * (1 if operation == ' ' else 3)
    return 0.7 * weight(text) if operation == ' ' else 0.3 * weight(text)


def align(merged, hunk):
    """The best alignment of the hunk with the file: its score and [(line of hunk, line of file)]."""
    rows, columns = len(hunk.lines), len(merged.lines)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    step = [[None] * (columns + 1) for _ in range(rows + 1)]
    top = (0.0, 0, 0)
    for i in range(1, rows + 1):
        _, operation, text = hunk.lines[i - 1]
        for j in range(1, columns + 1):
            fit = score(merged, j - 1, operation, text)
            skip = 0.02 if merged.lines[j - 1][0] == ' ' else 0.06
            options = [(0.0, None), (best[i - 1][j] - 0.05, 'hunk'), (best[i][j - 1] - skip, 'file')]
            if fit:
                options.append((best[i - 1][j - 1] + fit, 'both'))
            best[i][j], step[i][j] = max(options, key=lambda option: option[0])
            if best[i][j] > top[0]:
                top = (best[i][j], i, j)
    pairs, (total, i, j) = [], top
    while i and j and step[i][j]:
        if step[i][j] == 'both':
            pairs.append((i - 1, j - 1))
        i, j = i - (step[i][j] != 'file'), j - (step[i][j] != 'hunk')
    return total, pairs[::-1]


def place(merged, hunks):
    """Gives the hunks of a file their changed lines, surest first."""
    waiting = [(align(merged, hunk), hunk) for hunk in hunks]
    alignments = []
    while waiting:
        waiting.sort(key=lambda item: -item[0][0])
        (_, pairs), hunk = waiting.pop(0)
        alignments.append((hunk, pairs))
        taken = False
        for i, j in pairs:
            if hunk.lines[i][1] == merged.lines[j][0] != ' ':
                merged.claims[j] = hunk
                taken = True
        if taken:
            waiting = [(align(merged, other), other) if any(j in merged.claims for _, j in pairs)
                       else ((total, pairs), other) for (total, pairs), other in waiting]
    for hunk, pairs in alignments:
        claim_replaced(merged, hunk, pairs)


def claim_replaced(merged, hunk, pairs):
    """Where a hunk has lines that are not in the code any more, it gets what stands there instead."""
    if not pairs:
        return
    matched = {i for i, j in pairs if hunk.lines[i][1] == merged.lines[j][0] or hunk.lines[i][1] == ' '}
    ends = [(-1, -1)] + [pair for pair in pairs if pair[0] in matched] + [(len(hunk.lines), len(merged.lines))]
    for (i, j), (i_next, j_next) in zip(ends, ends[1:]):
        lost = [k for k in range(i + 1, i_next) if hunk.lines[k][1] != ' ']
        if not lost:
            continue
        instead = [k for k in range(j + 1, j_next) if merged.lines[k][0] != ' ']
        if i < 0:
            instead = [k for k in instead if all_changed(merged, k, j_next)][-len(lost):]
        elif i_next == len(hunk.lines):
            instead = [k for k in instead if all_changed(merged, j + 1, k)][:len(lost)]
        for k in instead:
            merged.claims.setdefault(k, hunk)


def all_changed(merged, start, end):
    return all(merged.lines[k][0] != ' ' for k in range(start, end))


def claim_new(merged, base):
    """Lines that the code has got since `base`, a Merged of then, go to the hunk that they touch."""
    known = {line for line in base.lines if line[0] != ' '} if base else None
    for i in merged.changed():
        if known is None or i in merged.claims or merged.lines[i] in known and weight(merged.lines[i][1]) == 1:
            continue
        hunk = merged.claims.get(i - 1)
        if not hunk:
            j = i + 1
            while j < len(merged.lines) and merged.lines[j][0] != ' ' and j not in merged.claims:
                j += 1
            hunk = merged.claims.get(j)
        if hunk:
            merged.claims[i] = hunk


def place_page(project, chapter, page, base=None):
    """All files of the chapter with the page's claims, and the page's hunks, which know their file."""
    merged = merge_chapter(project, chapter)
    hunks, last = {}, None
    for fence in page.diffs() if page else []:
        hunks[fence.number] = read_hunks(fence)
        for hunk in hunks[fence.number]:
            hunk.file = last = hunk.file or last
    for name, view in merged.items():
        place(view, [hunk for found in hunks.values() for hunk in found if hunk.file == name])
        claim_new(view, base and base.get(name))
    return merged, hunks


def render(merged, before, now, context=(CONTEXT, CONTEXT)):
    """The diff that makes the changes `now`, where those of `before` are made already."""
    def is_there(i, made):
        return merged.lines[i][0] == ' ' or (merged.lines[i][0] == '+') == (i in made)

    after = before | now
    shown = [i for i in range(len(merged.lines)) if is_there(i, before) or is_there(i, after)]
    changes = [k for k, i in enumerate(shown) if i in now]
    if not changes:
        return []
    above, below = context if sum(context) else (CONTEXT, CONTEXT)
    below = max(above, below)
    old = [merged.lines[i][1] for i in shown if is_there(i, before)]
    is_new = merged.old is None and not old
    is_gone = merged.new is None and not any(is_there(i, after) for i in shown)
    lines = ['--- /dev/null' if is_new else f'--- a/{merged.name}',
             '+++ /dev/null' if is_gone else f'+++ b/{merged.name}']
    for first, last in clusters(changes, above + below):
        start, end = max(0, first - above), min(len(shown), last + below + 1)
        part = shown[start:end]
        old_above = sum(is_there(i, before) for i in shown[:start])
        new_above = sum(is_there(i, after) for i in shown[:start])
        lines.append(header(old_above, sum(is_there(i, before) for i in part),
                            new_above, sum(is_there(i, after) for i in part), heading_of(old, old_above)))
        for i in part:
            operation = merged.lines[i][0] if i in now else ' '
            lines.append((operation + merged.lines[i][1]) if operation != ' ' or merged.lines[i][1] else '')
    return lines


def clusters(changes, gap):
    """First and last of each group of changes that are at most `gap` unchanged lines apart."""
    groups = []
    for k in changes:
        if groups and k - groups[-1][1] - 1 <= gap:
            groups[-1][1] = k
        else:
            groups.append([k, k])
    return groups


def header(old_above, old_count, new_above, new_count, heading):
    def span(above, count):
        return f'{above + (count > 0)}' + ('' if count == 1 else f',{count}')

    return f'@@ -{span(old_above, old_count)} +{span(new_above, new_count)} @@ {heading}'.rstrip()
