"""The filter patterns of CloudWatch Logs for JSON events: what metric filters use of them.

(CloudWatch Logs User Guide, "Filter pattern syntax": selectors, `=` and `!=` with `*`, numbers, `NOT EXISTS`, `IS`, `&&`, `||` and
parentheses. A comparison with a field that the event does not have selects nothing.)
"""

import json
import re

MOST = 1024
TOKEN = re.compile(
    r"\s*(?:(?P<selector>\$(?:\.[A-Za-z0-9_-]+|\[\d+\])+)|(?P<string>\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<mark>\|\||&&|!=|<=|>=|[(){}<>=])|(?P<word>[A-Za-z0-9_.*/@:+-]+))"
)


class BadPattern(Exception):
    """A pattern that is none."""


def compiled(text):
    """A function that says whether an event's text is selected."""
    if len(text) > MOST:
        raise BadPattern("the pattern is too long")
    tokens = list(split(text.strip()))
    tree, rest = either(tokens[1:]) if tokens and tokens[0] == ("mark", "{") else (None, [])
    if tree is None or rest != [("mark", "}")]:
        raise BadPattern(text)

    def selects(message):
        try:
            return tree(json.loads(message))
        except ValueError:
            return False

    return selects


def split(text):
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise BadPattern(text[at:])
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()


def either(tokens):
    return chain(tokens, "||", both, any)


def both(tokens):
    return chain(tokens, "&&", term, all)


def chain(tokens, mark, part, joined):
    one, tokens = part(tokens)
    parts = [one]
    while tokens and tokens[0] == ("mark", mark):
        one, tokens = part(tokens[1:])
        parts.append(one)
    return (lambda event: joined(part(event) for part in parts)), tokens


def term(tokens):
    if tokens and tokens[0] == ("mark", "("):
        inner, rest = either(tokens[1:])
        if not rest or rest[0] != ("mark", ")"):
            raise BadPattern("a parenthesis is not closed")
        return inner, rest[1:]
    if len(tokens) < 3 or tokens[0][0] != "selector":
        raise BadPattern(str(tokens[:3]))
    path, (_, operator), (kind, value) = steps(tokens[0][1]), tokens[1], tokens[2]
    if (operator, value) == ("NOT", "EXISTS"):
        return (lambda event: not at(event, path)), tokens[3:]
    if operator == "IS" and value in ("NULL", "TRUE", "FALSE"):
        wanted = {"NULL": None, "TRUE": True, "FALSE": False}[value]
        return (lambda event: at(event, path) == [wanted]), tokens[3:]
    if tokens[1][0] != "mark" or kind not in ("string", "word") or operator not in COMPARE:
        raise BadPattern(f"{operator} {value}")
    wanted = json.loads(value) if kind == "string" else value
    compare = COMPARE[operator]
    return (lambda event: any(compare(found, wanted) for found in at(event, path))), tokens[3:]


def steps(selector):
    return [int(index) if index else name for name, index in re.findall(r"\.([A-Za-z0-9_-]+)|\[(\d+)\]", selector)]


def at(event, path):
    """What is at a path of an event, as a list of one, or of none."""
    for step in path:
        if isinstance(step, str) and isinstance(event, dict) and step in event:
            event = event[step]
        elif isinstance(step, int) and isinstance(event, list) and step < len(event):
            event = event[step]
        else:
            return []
    return [event]


def same(found, wanted):
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        number = as_number(wanted)
        return number is not None and found == number
    return isinstance(found, str) and re.fullmatch(".*".join(map(re.escape, wanted.split("*"))), found, re.DOTALL) is not None


def as_number(text):
    try:
        return float(text)
    except ValueError:
        return None


def ordered(holds):
    def compare(found, wanted):
        found, wanted = as_number(found) if isinstance(found, str) else found, as_number(wanted)
        return isinstance(found, (int, float)) and wanted is not None and holds(found, wanted)

    return compare


COMPARE = {
    "=": same,
    "!=": lambda found, wanted: not same(found, wanted),
    "<": ordered(lambda a, b: a < b),
    ">": ordered(lambda a, b: a > b),
    "<=": ordered(lambda a, b: a <= b),
    ">=": ordered(lambda a, b: a >= b),
}
