"""What a scenario may say, and where in its file something is that it may not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from inburgering_flow.errors import InvalidInput
from inburgering_flow.workbench.mocks import PARTS

NEEDED = ("naam", "klok", "proces", "stappen")
KEYS = frozenset((*NEEDED, "bron", "persoon", "gegevens", "vooraf", "nabootsen"))
STEPS: Mapping[str, frozenset[str]] = {
    "taak": frozenset(("door", "met", "de")),
    "bericht": frozenset(("met", "sleutel", "de")),
    "signaal": frozenset(("met",)),
    "tot": frozenset(),
    "geweigerd": frozenset(),
    "verwacht": frozenset(),
}
"""What a step does → what else may stand in it."""
REFUSED = frozenset(("taak", "door", "met", "reden"))
EXPECTED = frozenset(
    ("taken", "uiterlijk", "groepen", "gegevens", "documenten", "toestand", "einde", "storingen", "pad", "wacht")
)
EARLY = frozenset(("bericht", "met"))
MAPS = frozenset(("persoon", "gegevens", "nabootsen"))


def check(root: yaml.Node | None, name: str) -> None:
    """Raise InvalidInput with every line of a file that says something which no scenario can."""
    said = list(_problems(root))
    if said:
        raise InvalidInput(f"{name}: " + " ".join(said), remedy="What a scenario may say stands in docs/scenarios.md.")


def _problems(root: yaml.Node | None) -> Iterator[str]:
    if not isinstance(root, yaml.MappingNode):
        yield "line 1: a scenario is a list of keys and values, beginning with naam."
        return
    entries = dict(_entries(root))
    yield from _unknown(root, KEYS)
    lacking = [key for key in NEEDED if key not in entries]
    if lacking:
        yield f"line {_line(root)}: it lacks {', '.join(lacking)}."
    for key in MAPS & set(entries):
        if not isinstance(entries[key], yaml.MappingNode) and not _is_empty(entries[key]):
            yield f"line {_line(entries[key])}: {key} is not a list of names and values."
    yield from _steps(entries.get("stappen"))
    yield from _early(entries.get("vooraf"))
    yield from _mocks(entries.get("nabootsen"))


def _steps(found: yaml.Node | None) -> Iterator[str]:
    if found is None:
        return
    if not isinstance(found, yaml.SequenceNode):
        yield f"line {_line(found)}: stappen is not a list of steps, each after a dash."
        return
    for step in found.value:
        if not isinstance(step, yaml.MappingNode):
            yield f"line {_line(step)}: a step says what happens, such as taak: and the id of a task."
            continue
        entries = dict(_entries(step))
        kinds = [key for key in entries if key in STEPS]
        if len(kinds) != 1:
            some = "several things" if kinds else ", ".join(entries) or "nothing"
            close = [_meant(key, STEPS) for key in entries] if not kinds else []
            yield f"line {_line(step)}: a step is one of {', '.join(STEPS)}; this one says {some}.{''.join(close)}"
            continue
        [kind] = kinds
        yield from _unknown(step, STEPS[kind] | {kind})
        if kind in ("geweigerd", "verwacht"):
            allowed = REFUSED if kind == "geweigerd" else EXPECTED
            said = entries[kind]
            yield from _inside(said, kind, allowed)
            lacking = {"taak", "reden"} - set(dict(_entries(said))) if isinstance(said, yaml.MappingNode) else set()
            if kind == "geweigerd" and lacking:
                yield f"line {_line(said)}: geweigerd lacks {', '.join(sorted(lacking))}."


def _early(found: yaml.Node | None) -> Iterator[str]:
    if isinstance(found, yaml.SequenceNode):
        for one in found.value:
            yield from _inside(one, "vooraf", EARLY)
    elif found is not None and not _is_empty(found):
        yield f"line {_line(found)}: vooraf is not a list of messages, each after a dash."


def _mocks(found: yaml.Node | None) -> Iterator[str]:
    if not isinstance(found, yaml.MappingNode):
        return
    yield from _unknown(found, PARTS)
    for part, names in _entries(found):
        if part not in PARTS or _is_empty(names):
            continue
        if not isinstance(names, yaml.MappingNode):
            yield f"line {_line(names)}: {part} is not a list of names, each with its answer."
            continue
        for _name, answer in _entries(names):
            for one in answer.value if isinstance(answer, yaml.SequenceNode) else [answer]:
                if not _is_empty(one):
                    yield from _inside(one, part, PARTS[part])


def _inside(node: yaml.Node, what: str, allowed: Iterable[str]) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        yield from _unknown(node, allowed)
    else:
        yield f"line {_line(node)}: {what} needs keys and values: {', '.join(sorted(allowed))}."


def _unknown(node: yaml.MappingNode, allowed: Iterable[str]) -> Iterator[str]:
    known, seen = set(allowed), set()
    for key, _value in node.value:
        if str(key.value) not in known:
            yield f"line {_line(key)}: {key.value} is unknown here.{_meant(str(key.value), known)}"
        if key.value in seen:
            yield f"line {_line(key)}: {key.value} stands here twice."
        seen.add(key.value)


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), 1)
    return f" Did you mean {close[0]}?" if close else f" Known are {', '.join(sorted(known))}."


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, yaml.Node]]:
    for key, value in node.value:
        yield str(key.value), value


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.value in ("", "null", "~")


def unreadable(name: str, error: yaml.YAMLError) -> InvalidInput:
    """Return the error for a file that is not YAML."""
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
    said: Any = getattr(error, "problem", None) or error
    return InvalidInput(f"{name}: {where}this is not YAML: {said}.", remedy="Mend the line; look at another scenario.")
