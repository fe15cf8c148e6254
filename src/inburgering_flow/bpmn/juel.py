"""Camunda 7 expressions (``${…}``) that only compare values, written as FEEL; anything that would call code is refused.

Source: Jakarta Expression Language 4.0, sections 1.1–1.9 (operators), as far as it has a counterpart in FEEL.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?P<call>\s*\()?|(?P<op>==|!=|<=|>=|&&|\|\||[<>!+\-*/()]))"
)
_WORDS = {"and": "and", "or": "or", "not": "not", "eq": "=", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=",
          "true": "true", "false": "false", "null": "null", "div": "/"}  # fmt: skip
_VALUES = frozenset(("true", "false", "null"))
_OPERATORS = {"==": "=", "&&": "and", "||": "or"}
_NAMES = {  # what Camunda 7 gives to the expressions of a multi-instance activity; it counts from zero
    "nrOfInstances": "numberOfInstances", "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances", "loopCounter": "(loopCounter - 1)",
}  # fmt: skip


def to_feel(text: str) -> str | None:
    """Return the FEEL that says the same as ``${…}``, or None if it calls code or uses what FEEL does not have."""
    match = re.fullmatch(r"\s*[$#]\{(.*)\}\s*", text, re.DOTALL)
    if match is None:
        return None
    parts = _Parser(match[1]).parts()
    return None if parts is None else " ".join(parts)


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text.strip()

    def parts(self) -> list[str] | None:
        found: list[str] = []
        negations: list[int] = []  # depth of brackets at which a "not(" of ours must be closed
        depth, place, complete = 0, 0, False  # complete: an operand came before, so an operator must follow
        while place < len(self.text):
            match = _TOKEN.match(self.text, place)
            if match is None or match["call"]:
                return None
            place = match.end()
            opens = match["op"] in ("!", "(") or match["name"] == "not"
            joins = not opens and (bool(match["op"]) or _WORDS.get(match["name"], "null") not in _VALUES)
            if complete and not joins:
                return None
            complete = not opens and (not joins or match["op"] == ")")
            if match["op"] == "!" or match["name"] == "not":
                found.append("not(")
                negations.append(depth)
                continue
            if match["op"] == "(":
                depth += 1
                found.append("(")
                continue
            if match["op"] == ")":
                depth -= 1
                found.append(")")
            elif match["op"]:
                found.append(_OPERATORS.get(match["op"], match["op"]))
                continue
            elif match["string"]:
                inside = match["string"][1:-1].replace("\\'", "'").replace('\\"', '"')
                found.append('"' + inside.replace('"', '\\"') + '"')
            elif match["name"] in _WORDS:
                found.append(_WORDS[match["name"]])
                if match["name"] not in _VALUES:
                    continue
            else:
                found.append(match["number"] or _NAMES.get(match["name"], match["name"]))
            while negations and negations[-1] == depth:  # an operand is complete: close what negates it
                negations.pop()
                found.append(")")
        return found if depth == 0 and not negations and found else None
