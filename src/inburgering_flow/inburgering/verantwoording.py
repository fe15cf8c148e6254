"""Which rule of the law stands where: read from the processes, decisions, dictionaries, letters and code themselves.

A place names norms (N-PIP-01) of the register ``normen.json``, or only a source in words. For BPMN these are the properties
``norm``, ``bron`` and ``zekerheid`` of an element and its documentation, for DMN the columns Norm, Bron, Geldig van, Geldig tot
and Zekerheid of a rule, for a data dictionary the ``norm`` of a term, for code and letters the ids in their texts.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from inburgering_flow import xml
from inburgering_flow.clock import legal_day
from inburgering_flow.i18n import N_
from inburgering_flow.model.plugin import Page

HERE = Path(__file__).parent
ID = re.compile(r"\bN-[A-Z]{3}-\d\d\b")
NUMBER, NUMBERED, CALLED = re.compile(r"d\d\d"), re.compile(r"^D\d\d "), re.compile(r"\bD\d\d\b")
UNSURE = "te controleren"
TERMS, AMOUNTS = ("d00-termijnen", "d27-verantwoording"), ("d14-boetehoogte", "d16-inning", "d18-spuk")
PROCESS, DECISION, TERM, AMOUNT, LETTER, CALCULATION = (
    N_("Proces"), N_("Beslissing"), N_("Termijn"), N_("Bedrag"), N_("Brief"), N_("Berekening"),
)  # fmt: skip
KINDS = (PROCESS, DECISION, TERM, AMOUNT, LETTER, CALCULATION)


@dataclass(frozen=True)
class Norm:
    """A norm of the register: its article, the law that it stands in and the version of it that was read."""

    id: str
    title: str
    article: str
    certainty: str
    law: Law | None
    asked: Mapping[str, str] = field(default_factory=dict)
    """What is to be verified, by language; empty where nothing is."""
    role: str = ""
    """Who can verify it."""

    @property
    def place(self) -> str:
        """Return the article with the names of laws: ``Besluit inburgering 2021, art. 5.3(1)``."""
        named = {one.code: one.title for one in laws().values()}
        return re.sub(r"\b([A-Z][A-Za-z]*),? (?=\d)", lambda m: f"{named[m[1]]}, art. " if m[1] in named else m[0], self.article)


@dataclass(frozen=True)
class Law:
    """A law as it was read: ``version`` is the day from which that text holds, ``read`` the day on which it was read."""

    code: str
    title: str
    bwbr: str
    version: date
    read: date

    @property
    def address(self) -> str:
        """Where this version is published."""
        return f"https://wetten.overheid.nl/{self.bwbr}/{self.version.isoformat()}"

    def is_old(self, today: date, days: int) -> bool:
        """Tell whether it was read more than so many days ago, and so has to be read again."""
        return today - self.read > timedelta(days=days)


@dataclass(frozen=True)
class Place:
    """Where a rule of the law stands: in ``file``, at the element, rule, variable or function ``id``."""

    kind: str
    file: str
    id: str
    name: str
    norms: tuple[str, ...]
    source: str = ""
    certainty: str = ""
    since: str = ""
    until: str = ""

    @property
    def is_code(self) -> bool:
        """Tell whether its name is one that only programs use."""
        return re.fullmatch(r"[a-z0-9]+(?:[_-][a-z0-9]+)*|[A-Z]\w+", self.name) is not None and self.kind in (CALCULATION, LETTER)

    @property
    def is_unsure(self) -> bool:
        """Tell whether it, or a norm that it rests on, is still to be checked."""
        return UNSURE in (self.certainty, *(norms()[id].certainty for id in self.norms if id in norms()))


@cache
def laws() -> Mapping[str, Law]:
    """Return the laws that were read, by their code."""
    found = json.loads((HERE / "bronnen.json").read_text())
    return {
        one["code"]: Law(
            one["code"], one["titel"], one["bwbr"], date.fromisoformat(one["versie"]), date.fromisoformat(one["gelezen"])
        )
        for one in found
    }


@cache
def norms() -> Mapping[str, Norm]:
    """Return the norms of the register by id, in its order."""
    found = {}
    for one in json.loads((HERE / "normen.json").read_text()):
        code = re.match(r"[A-Za-z]*", one["artikel"])
        law = laws().get(code[0]) if code else None
        found[one["id"]] = Norm(one["id"], one["titel"], one["artikel"], one["zekerheid"], law,
                                {"nl": one.get("nakijken", ""), "en": one.get("check", "")}, one.get("door", ""))  # fmt: skip
    return found


def ids_in(text: str) -> tuple[str, ...]:
    """Return the norms that a text names, each once."""
    return tuple(dict.fromkeys(ID.findall(text)))


@lru_cache(maxsize=256)
def places_in(file: str, content: bytes) -> tuple[Place, ...]:
    """Return the places in one file, whatever its kind; none in a kind that has no law in it."""
    stem, kind = PurePosixPath(file).stem, PurePosixPath(file).suffix
    match kind:
        case ".bpmn":
            return tuple(_in_diagram(stem, content))
        case ".dmn":
            return tuple(_in_decision(stem, content))
        case ".json":
            return tuple(_in_dictionary(PurePosixPath(file).parent.name, content))
        case ".typ" | ".form":
            found = ids_in(content.decode())
            return (Place(LETTER if kind == ".typ" else PROCESS, stem, "", stem, found),) if found else ()
        case ".py":
            return tuple(_in_code(stem, content.decode()))
    return ()


def _in_diagram(stem: str, content: bytes) -> Iterator[Place]:
    for element in xml.parse(content).iter():
        said = {
            str(one.get("name")): str(one.get("value") or "")
            for one in element.iterfind("./{*}extensionElements/{*}properties/{*}property")
        }
        told = " ".join(one.text or "" for one in element.iterfind("./{*}documentation"))
        found = ids_in(f"{said.get('norm', '')} {said.get('bron', '')} {told}")
        if found or said.get("bron"):
            yield Place(
                PROCESS, stem, str(element.get("id")), str(element.get("name") or element.get("id")), found,
                said.get("bron", ""), said.get("zekerheid", ""),
            )  # fmt: skip


def _in_decision(stem: str, content: bytes) -> Iterator[Place]:
    kind = TERM if stem in TERMS else AMOUNT if stem in AMOUNTS else DECISION
    for table in xml.parse(content).iter("{*}decisionTable"):
        named = [a for a in table.iterancestors() if a.get("name")]
        title = str(named[0].get("name")) if named else stem
        heads = [str(a.get("name")) for a in table.iterfind("{*}annotation")]
        for number, rule in enumerate(table.iterfind("{*}rule"), 1):
            cells = [cell.findtext("{*}text") or "" for cell in rule.iterfind("{*}annotationEntry")]
            said = dict(zip(heads, cells, strict=False))
            first = (rule.findtext("{*}inputEntry/{*}text") or "").strip('"')
            name = f"{title}: {first}" if kind == TERM and first else f"{title}, regel {number}"
            found = ids_in(" ".join(cells))
            if found or said.get("Bron"):
                yield Place(
                    kind, stem, str(rule.get("id") or number), name, found, said.get("Bron", ""), said.get("Zekerheid", ""),
                    said.get("Geldig van", ""), said.get("Geldig tot", ""),
                )  # fmt: skip


def _in_dictionary(family: str, content: bytes) -> Iterator[Place]:
    for entry in json.loads(content):
        said = entry.get("term") if isinstance(entry, dict) else None
        for term in said if isinstance(said, list) else [said]:
            if isinstance(term, dict) and (found := ids_in(str(term.get("norm", "")))):
                yield Place(TERM, f"{family}/gegevens", entry["name"], str(term.get("title", "")), found)


def _in_code(stem: str, text: str) -> Iterator[Place]:
    spans = [
        (node.lineno, node.end_lineno or node.lineno, node.name)
        for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]  # fmt: skip
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        inside = [name for begin, end, name in spans if begin <= number <= end]
        found.setdefault(inside[-1] if inside else "", []).extend(ids_in(line))
    for name, named in found.items():
        if named:
            yield Place(CALCULATION, f"{stem}.py", name, name or stem, tuple(dict.fromkeys(named)))


def places(files: Mapping[str, bytes]) -> Iterator[Place]:
    """Yield the places of files; where they call a table by its number (``D00``) its name stands instead."""
    numbers = ((NUMBER.match(PurePosixPath(name).stem), content) for name, content in files.items() if name.endswith(".dmn"))
    called = {found[0].upper(): NUMBERED.sub("", str(xml.parse(content).get("name", ""))) for found, content in numbers if found}
    for name, content in files.items():
        for place in places_in(name, content):
            source = CALLED.sub(lambda found: f"‘{called[found[0]]}’" if found[0] in called else found[0], place.source)
            yield replace(place, name=NUMBERED.sub("", place.name), source=ids_out(source))


def ids_out(source: str) -> str:
    """Return a source without the norms that it names: they stand beside it."""
    return re.sub(rf"\s*\(?{ID.pattern}(?:(?:, | en | tot en met ){ID.pattern})*\)?", "", source).strip(" ;,")


def own_files(resources: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that are shipped and not deployed: letters, and the code of this plug-in."""
    for folder in resources:
        for path in sorted(folder.rglob("*.typ")):
            yield path.name, path.read_bytes()
    for path in sorted(HERE.glob("*.py")):
        if path.name != Path(__file__).name:
            yield path.name, path.read_bytes()


def values(services: Any, _actor: Any, resources: Iterable[Path]) -> dict[str, Any]:
    """Return what the page shows: of the newest version of everything that is deployed, and of what is shipped."""
    files = {**dict(services.deployments.newest_files()), **dict(own_files(resources))}
    found = list(places(files))
    settings, today = services.context.settings, legal_day(services.context.clock.now())
    held = {id for place in found for id in place.norms}
    return {
        "groups": [(kind, sorted((p for p in found if p.kind == kind), key=lambda p: (p.file, p.name))) for kind in KINDS],
        "norms": norms(), "laws": list(laws().values()),
        "old": [law for law in laws().values() if law.is_old(today, settings.source_age_days)],
        "days": settings.source_age_days,
        "open": [norm for id, norm in norms().items() if id not in held],
        "unknown": sorted(held - norms().keys()),
    }  # fmt: skip


def page(resources: tuple[Path, ...], permissions: tuple[str, ...]) -> Page:
    """Return the page of the plug-in."""
    return Page(
        "verantwoording", N_("Juridische verantwoording"), permissions, HERE / "verantwoording.html",
        lambda services, actor: values(services, actor, resources),
    )  # fmt: skip
