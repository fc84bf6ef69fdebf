#!/usr/bin/env python3
"""usage: tests/site/links.py FOLDER

Every link, picture, script and style sheet of the site in FOLDER leads to a file in it, every anchor
to an element that is there, and none to another host but links that a reader follows on purpose.
"""
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote


class Links(HTMLParser):
    """What a page points at, and what in it can be pointed at."""

    def __init__(self, path):
        super().__init__()
        self.targets, self.loaded, self.ids = [], [], set()
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.add(attributes["id"])
        if tag == "a" and "href" in attributes:
            self.targets.append(attributes["href"])
        elif tag in ("img", "script", "link"):
            self.loaded += [attributes[name] for name in ("src", "href") if attributes.get(name)]


def main():
    site = Path(sys.argv[1]).resolve()
    pages = {path: Links(path) for path in sorted(site.rglob("*.html"))}
    bad = []
    for path, links in pages.items():
        for target in links.targets + links.loaded:
            if target.startswith("data:"):
                continue
            if ":" in target.split("/")[0] or target.startswith("//"):
                if target in links.loaded:
                    bad.append(f"{path.relative_to(site)}: asks another host for {target}")
                continue
            file, _, anchor = unquote(target).partition("#")
            other = (path.parent / file).resolve() if file else path
            if not other.is_file():
                bad.append(f"{path.relative_to(site)}: there is no {target}")
            elif anchor and other in pages and anchor not in pages[other].ids:
                bad.append(f"{path.relative_to(site)}: there is no anchor {target}")
    print("\n".join(bad) or f"{len(pages)} pages")
    return 1 if bad else 0


sys.exit(main())
