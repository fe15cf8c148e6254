"""What a scenario may say, and where in its file something is that it may not."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.workbench.mocks import PARTS

NEEDED = ("naam", "klok", "proces", "stappen")
KEYS = frozenset((*NEEDED, "bron", "persoon", "gegevens", "begint", "vooraf", "nabootsen"))
BEGINS: Mapping[str, frozenset[str]] = {
    "bericht": frozenset(("sleutel",)), "signaal": frozenset(), "tijd": frozenset(), "voorwaarde": frozenset(),
}  # fmt: skip
"""What begins a case that nobody starts by hand → what else may be said of it."""
STEPS: Mapping[str, frozenset[str]] = {
    "taak": frozenset(("door", "met", "de")),
    "bericht": frozenset(("met", "sleutel", "op", "de")),
    "werk": frozenset(("met", "fout", "storing", "de")),
    "signaal": frozenset(("met",)),
    "tot": frozenset(),
    "gegevens": frozenset(("bij",)),
    "nabootsen": frozenset(),
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
        raise InvalidInput(f"{name}: " + " ".join(said), remedy=_("What a scenario may say stands in docs/scenarios.md."))


def _problems(root: yaml.Node | None) -> Iterator[str]:
    if not isinstance(root, yaml.MappingNode):
        yield _("line {line}: a scenario is a list of keys and values, beginning with naam.").format(line=1)
        return
    entries = dict(_entries(root))
    yield from _unknown(root, KEYS)
    lacking = [key for key in NEEDED if key not in entries]
    if lacking:
        yield _("line {line}: it lacks {keys}.").format(line=_line(root), keys=", ".join(lacking))
    for key in MAPS & set(entries):
        if not isinstance(entries[key], yaml.MappingNode) and not _is_empty(entries[key]):
            yield _("line {line}: {key} is not a list of names and values.").format(line=_line(entries[key]), key=key)
    yield from _steps(entries.get("stappen"))
    yield from _begins(entries.get("begint"))
    yield from _early(entries.get("vooraf"))
    yield from _mocks(entries.get("nabootsen"))


def _steps(found: yaml.Node | None) -> Iterator[str]:
    if found is None:
        return
    if not isinstance(found, yaml.SequenceNode):
        yield _("line {line}: stappen is not a list of steps, each after a dash.").format(line=_line(found))
        return
    for step in found.value:
        if not isinstance(step, yaml.MappingNode):
            yield _("line {line}: a step says what happens, such as taak: and the id of a task.").format(line=_line(step))
            continue
        entries = dict(_entries(step))
        kinds = [key for key in entries if key in STEPS]
        if len(kinds) != 1:
            some = _("several things") if kinds else ", ".join(entries) or _("nothing")
            close = [_meant(key, STEPS) for key in entries] if not kinds else []
            said = _("line {line}: a step is one of {kinds}; this one says {some}.")
            yield said.format(line=_line(step), kinds=", ".join(STEPS), some=some) + "".join(close)
            continue
        [kind] = kinds
        yield from _unknown(step, STEPS[kind] | {kind})
        if kind in ("gegevens", "nabootsen") and not isinstance(entries[kind], yaml.MappingNode):
            yield _("line {line}: {key} is not a list of names and values.").format(line=_line(entries[kind]), key=kind)
        elif kind == "nabootsen":
            yield from _mocks(entries[kind])
        if kind in ("geweigerd", "verwacht"):
            allowed = REFUSED if kind == "geweigerd" else EXPECTED
            inside = entries[kind]
            yield from _inside(inside, kind, allowed)
            lacking = {"taak", "reden"} - set(dict(_entries(inside))) if isinstance(inside, yaml.MappingNode) else set()
            if kind == "geweigerd" and lacking:
                yield _("line {line}: it lacks {keys}.").format(line=_line(inside), keys=", ".join(sorted(lacking)))


def _begins(found: yaml.Node | None) -> Iterator[str]:
    if found is None or _is_empty(found):
        return
    kinds = [key for key, _value in _entries(found) if key in BEGINS] if isinstance(found, yaml.MappingNode) else []
    if len(kinds) != 1:
        yield _("line {line}: begint says one of {kinds}.").format(line=_line(found), kinds=", ".join(BEGINS))
        return
    yield from _inside(found, "begint", BEGINS[kinds[0]] | {kinds[0]})


def _early(found: yaml.Node | None) -> Iterator[str]:
    if isinstance(found, yaml.SequenceNode):
        for one in found.value:
            yield from _inside(one, "vooraf", EARLY)
    elif found is not None and not _is_empty(found):
        yield _("line {line}: vooraf is not a list of messages, each after a dash.").format(line=_line(found))


def _mocks(found: yaml.Node | None) -> Iterator[str]:
    if not isinstance(found, yaml.MappingNode):
        return
    yield from _unknown(found, PARTS)
    for part, names in _entries(found):
        if part not in PARTS or _is_empty(names):
            continue
        if not isinstance(names, yaml.MappingNode):
            yield _("line {line}: {key} is not a list of names and values.").format(line=_line(names), key=part)
            continue
        for _ignored, answer in _entries(names):
            for one in answer.value if isinstance(answer, yaml.SequenceNode) else [answer]:
                if not _is_empty(one):
                    yield from _inside(one, part, PARTS[part])


def _inside(node: yaml.Node, what: str, allowed: Iterable[str]) -> Iterator[str]:
    if isinstance(node, yaml.MappingNode):
        yield from _unknown(node, allowed)
    else:
        said = _("line {line}: {key} needs keys and values: {known}.")
        yield said.format(line=_line(node), key=what, known=", ".join(sorted(allowed)))


def _unknown(node: yaml.MappingNode, allowed: Iterable[str]) -> Iterator[str]:
    known, seen = set(allowed), set()
    for key, _ignored in node.value:
        if str(key.value) not in known:
            said = _("line {line}: {key} is unknown here.").format(line=_line(key), key=key.value)
            yield said + _meant(str(key.value), known)
        if key.value in seen:
            yield _("line {line}: {key} stands here twice.").format(line=_line(key), key=key.value)
        seen.add(key.value)


def _meant(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), 1)
    if close:
        return " " + _("Did you mean {word}?").format(word=close[0])
    return " " + _("Known are {words}.").format(words=", ".join(sorted(known)))


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
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    said: Any = getattr(error, "problem", None) or error
    return InvalidInput(
        _("{name}: line {line}, column {column}: this is not YAML: {reason}.").format(
            name=name, line=line, column=column, reason=said
        ),
        remedy=_("Mend the line; look at another scenario."),
    )
