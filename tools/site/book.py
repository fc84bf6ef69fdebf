"""The book as pandoc reads it: its pages in order, with links and code made fit for each output."""
import html
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ENTRY = re.compile(r"^ *- \[([^\]]+)\]\(([^)]+\.md)\)")


@dataclass
class Page:
    """One page. `name` is that of its file in an output, without an extension."""

    path: PurePosixPath  # from the top of the repository
    name: str
    title: str
    blocks: list


def text_of(node):
    """What a reader sees of a piece of pandoc's tree, as plain text."""
    if isinstance(node, list):
        return "".join(text_of(item) for item in node)
    if not isinstance(node, dict):
        return ""
    kind, content = node.get("t"), node.get("c")
    if kind == "Str":
        return content
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "CodeBlock"):
        return content[1]
    if kind in ("Para", "Plain", "Header"):
        return text_of(content) + "\n"
    return text_of(content)


def walk(node, change):
    """Gives every element to `change`, the inner ones first, and takes what it returns instead."""
    if isinstance(node, list):
        return [walk(item, change) for item in node]
    if not isinstance(node, dict):
        return node
    if "c" in node:
        node["c"] = walk(node["c"], change)
    return change(node) if "t" in node else node


def read_tree(path):
    """A page as pandoc's tree."""
    run = subprocess.run(
        ["pandoc", "-f", "gfm", "-t", "json", path], check=True, stdout=subprocess.PIPE
    )
    return json.loads(run.stdout)


def read_pages(root):
    """README.md, and what SUMMARY.md lists, in its order."""
    names = [Path("README.md")]
    for line in (root / "book/SUMMARY.md").read_text().split("\n"):
        entry = ENTRY.match(line)
        if entry:
            names.append(Path("book") / entry[2])
    pages = []
    for name in names:
        blocks = read_tree(root / name)["blocks"]
        title = next(text_of(block).strip() for block in blocks if block["t"] == "Header")
        out = "index" if name.stem == "README" else name.stem
        pages.append(Page(PurePosixPath(name), out, title, blocks))
    return pages


def is_external(target):
    """Leads it to another host?"""
    return ":" in target.split("/")[0]


def resolve(page, target):
    """A link's path from the top of the repository, without `..`, and what follows its #."""
    path, _, anchor = target.partition("#")
    parts = []
    for part in (page.path.parent / path).parts if path else page.path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts), anchor


def raw(text):
    return {"t": "RawBlock", "c": ["html", text]}


def code_as_html(block):
    """A diff and a transcript get marks of ours; pandoc colours the other languages."""
    (_, classes, _), text = block["c"]
    kind = classes[0] if classes else ""
    if kind == "diff":
        lines = diff_lines(text)
    elif kind == "console":
        lines = console_lines(text)
    elif kind == "text" or not classes:
        kind, lines = "text", [html.escape(line) + "\n" for line in text.split("\n")]
    else:
        return block
    return raw(f'<div class="code {kind}"><pre tabindex="0"><code>{"".join(lines)}</code></pre></div>')


def diff_lines(text):
    """Added and removed lines get a colour; the sign before them stays."""
    kinds = {"+": "add", "-": "del", "@": "at"}
    for line in text.split("\n"):
        kind = "file" if line.startswith(("+++ ", "--- ")) else kinds.get(line[:1])
        shown = html.escape(line) + "\n"
        yield f'<span class="{kind}">{shown}</span>' if kind else shown


def console_lines(text):
    """What is typed is bold, to the end of a command that goes on in the next line."""
    typed = False
    for line in text.split("\n"):
        typed = typed or line.startswith("$ ")
        shown = html.escape(line)
        yield f"<b>{shown}</b>\n" if typed else shown + "\n"
        typed = typed and line.endswith("\\")


def document(blocks, version, **meta):
    """A tree for pandoc -f json."""
    strings = {key: {"t": "MetaString", "c": value} for key, value in meta.items()}
    return json.dumps({"pandoc-api-version": version, "meta": strings, "blocks": blocks})
