"""What the programs print on stderr, and whether the appendix on messages has all of it."""
import re

PAGE = "book/messages.md"
LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*')
CONVERSION = re.compile(r"%[-0 #+]*(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|h|ll|l|z|j)?[a-zA-Z]")

# Where a message begins. What follows, to the statement's end, may choose between several.
SPEECH = re.compile(
    r"\b(?:fprintf\(stderr,|refuse\(|call_failed\(|may_retry\(|guest_crash\(|wrong_usage\(|"
    r'snprintf\(text,|return(?=[^;{}]*")|remedy =)([^;]*);',
    re.S,
)
ROW = re.compile(r"\| ((?:`[^`]+`(?:, )?)+)")


def as_printed(literal):
    """A literal of C as a reader sees it, with an ellipsis for what printf fills in."""
    text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literal))
    text = CONVERSION.sub("…", text.replace("\\n", " ").replace('\\"', '"'))
    return re.sub(r"^minikvm: (?:/dev/kvm: )?(?:…: )*", "", " ".join(text.split()))


def messages_of(source):
    """All that a C source may print on stderr. Less than a word of it is no message."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    for speech in SPEECH.finditer(source):
        for literal in LITERAL.finditer(speech[1]):
            message = as_printed(literal[0])
            if re.search(r"[A-Za-z]{3}", message):
                yield message


def check_messages(project, problems):
    """Every message stands on the page, and every one in its tables is printed by a program."""
    path = project.root / PAGE
    if not path.is_file():
        return
    printed = {}
    for name in project.files:
        if re.match(r"chapters/[^/]+/[^/]+\.c$", name):
            for message in messages_of((project.root / name).read_text()):
                printed.setdefault(message, name)
    page = path.read_text().replace("\\|", "|")
    text = " ".join(page.split())
    for message, name in printed.items():
        if message not in text:
            problems.add(PAGE, 1, f'{name} prints "{message}", which is not here')
    table = ""
    for number, line in enumerate(page.split("\n"), 1):
        table = (table or line) if line.startswith("|") else ""
        row = ROW.match(line) if "| from |" in table else None
        for message in re.findall("`([^`]+)`", row[1]) if row else []:
            if not any(message in other for other in printed):
                problems.add(PAGE, number, f'no program prints "{message}"')
