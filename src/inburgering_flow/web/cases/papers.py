"""What of a case is taken along: the case file as a PDF, and everything that is held about the person (AVG, article 15)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from inburgering_flow import i18n
from inburgering_flow.channels import paper
from inburgering_flow.channels.paper import Enclosed, Paper, Part, Piece
from inburgering_flow.clock import legal_day
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.permissions import EXTRACT
from inburgering_flow.model.runtime import CREATED
from inburgering_flow.services.case_pages import Head, Whole
from inburgering_flow.services.decisions import DecidedValue, DecisionView
from inburgering_flow.services.extracts import FORMATS, Extract
from inburgering_flow.services.ledger import in_euros
from inburgering_flow.store.documents import DocumentRow
from inburgering_flow.store.extracts import DECLARED
from inburgering_flow.values import dump_value
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.cases.views import lines_of
from inburgering_flow.web.display import day, deed, doer, label, last_day, moment, named, roles, sentence, value
from inburgering_flow.web.files import file

papers = Blueprint("papers", __name__)
LANGUAGE = "nl"
"""What goes on paper: the models, the letters and the person's own papers are Dutch."""
MOST_ENCLOSED = 50_000_000
"""So many bytes of documents go inside; the rest is listed with its checksum."""
MOST_ROWS = 2_000
"""Of one part of an extract on paper; the file for programs has all."""
PDF = "application/pdf"
NOTHING: tuple[Any, ...] = (None, "", [], {})
TECHNICAL = frozenset((
    "versie", "stap", "naamInModel", "formulier", "nummerVanAfzender", "gezochtMet", "voorRol", "regels", "rij", "onderdeel",
))  # fmt: skip
"""What only a program reads; the other file has it."""
NAMED = frozenset(("zaken", "beslissingen", "termijnen", "afspraken", "taken", "documenten", "betalingen", "berichten"))
"""Parts of which the first value is what a row is called."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00")
CODES = {
    "ACTIVE": N_("loopt"), "COMPLETED": N_("klaar"), "CREATED": N_("open"), "CANCELED": N_("niet meer nodig"),
    "TERMINATED": N_("gestopt"), "SUSPENDED": N_("staat stil"), "OURS": N_("loopt"), "THEIRS": N_("loopt"),
    "MOVED": N_("kreeg een andere laatste dag"), "KEPT": N_("gehaald"), "ENDED": N_("voorbij"), "OPEN": N_("open"),
    "DONE": N_("geweest"), "BUFFERED": N_("wacht"), "CORRELATED": N_("gelezen"), "RESOLVED": N_("opgelost"),
    "ASSIGNED": N_("een taak gegeven"), "DUE_SOON": N_("laatste dag dichtbij"), "LATE": N_("laatste dag voorbij"),
    "ANSWERED": N_("antwoord van een partner"), "FAILED": N_("storing"), "STANDS_IN": N_("vervanging"),
    "TASK": N_("taak"), "TERM": N_("termijn"), "MESSAGE": N_("bericht"), "ELEMENT": N_("stap"), "NEW": N_("nieuw"),
    "HELD": N_("vastgehouden"), "PROPOSED": N_("voorgedragen"), "DESTROYED": N_("vernietigd"),
}  # fmt: skip


# -- the case file ---------------------------------------------------------------------------------------------------------


@papers.get("/zaken/<int:key>/dossier.pdf")
def case_file(key: int) -> ResponseReturnValue:
    """The case as one PDF for the archive: what the reader may see of it, with its documents inside."""
    with i18n.speaking(LANGUAGE):
        tab = services().case_pages.whole(key, me())
        contents = services().documents.contents(tab.shown.documents, me(), MOST_ENCLOSED)
        name = f"dossier-{tab.head.case.business_key or key}.pdf"
        return _answer(_case_paper(key, tab.head, tab.shown, contents), name)


def _answer(found: Paper, name: str) -> ResponseReturnValue:
    made = paper.written(found, services().context.domain.fonts)
    if made.has_replaced:
        note = _("Sommige tekens staan niet in de letters van dit bestand. Daar staat {mark}.").format(mark=paper.REPLACED)
        again = Paper(**{**vars(found), "lead": [*found.lead, note]})
        made = paper.written(again, services().context.domain.fonts)
    return file(made.content, name, PDF)


def _case_paper(key: int, head: Head, whole: Whole, contents: Mapping[int, bytes]) -> Paper:
    case, now = head.case, services().context.clock.now()
    title = _("Dossier {case}").format(case=case.business_key or case.key)
    lead = [
        _("Gemaakt op {moment} door {name}, met de rol {roles}.").format(
            moment=moment(now), name=me().username, roles=roles(me().roles)
        ),
        _("In dit dossier staat wat deze medewerker van de zaak mag zien. Dat kan minder zijn dan alles."),
    ]  # fmt: skip
    parts = [
        Part(_("De zaak"), [Piece(lines=_about(key, head))]),
        Part(_("Gegevens"), [Piece(lines=_facts(whole))], _none(whole.facts)),
        Part(_("Termijnen"), [
            Piece(one.term.title, [(_("Laatste dag"), last_day(one.row.due)), (_("Hoe het staat"), _code(one.row.state))])
            for one in whole.terms
        ], _none(whole.terms)),
        Part(_("Taken"), [
            Piece(_plain(named(one)), _known([
                (_("Hoe het staat"), _code(one.state)), (_("Van wie"), one.assignee or roles(one.candidate_groups)),
                (_("Uiterlijk"), last_day(one.due) if one.due and one.state == CREATED else ""),
                (_("Afgerond"), _done(one.completed_by, one.completed)),
            ]))
            for one in whole.tasks
        ], _none(whole.tasks)),
        Part(_("Beslissingen"), [Piece(one.name, _decided(one)) for one in whole.decisions], _none(whole.decisions)),
        Part(_("Notities"), [
            Piece(f"{note['author']}, {moment(note['created'])}", text=_paragraphs(note["text"])) for note in whole.notes
        ], _none(whole.notes)),
    ]  # fmt: skip
    if whole.payments is not None:
        parts.append(Part(_("Betalingen"), [
            Piece(f"{day(one.row.day, weekday=False)}: {one.title}", _known([
                (_("Bedrag"), in_euros(one.row.cents)), (_("Waarvoor"), one.row.description), (_("Wie"), one.row.entered_by),
            ]))
            for one in whole.payments
        ], _none(whole.payments)))  # fmt: skip
    parts += [
        Part(_("Wat er gebeurde"), [
            Piece(lines=[(moment(one.moment), _plain(sentence(one)))], text=_paragraphs(one.text)) for one in whole.events
        ], _none(whole.events)),
        Part(_("Wie keek mee"), [Piece(lines=[_look(one) for one in whole.looks])], _none(whole.looks)),
        _documents(whole.documents, contents),
    ]  # fmt: skip
    enclosed = [
        Enclosed(one.name, one.title, one.media_type, contents[one.key]) for one in whole.documents if one.key in contents
    ]
    return Paper(title, services().context.organisation, legal_day(now), lead, _("Inhoud"), parts, enclosed)


def _about(key: int, head: Head) -> list[tuple[str, str]]:
    case, schema = head.case, services().context.domain.person
    lines = [
        (_("Nummer van de zaak"), case.business_key or str(case.key)), (_("Eigenaar"), case.owner or _("nog niemand")),
        (_("Begonnen"), moment(case.start)), (_("Hoe het staat"), _code(case.state)), (_("Geëindigd"), moment(case.end)),
        (_("Hoe het afliep"), ", ".join(head.endings)),
    ]  # fmt: skip
    if schema is not None and case.person_key is not None:
        person = services().people.get(case.person_key, root_key=key, actor=me())
        lines = [(_("Naam"), person.name), *lines_of(schema, person), *lines]
    return _known(lines)


def _facts(whole: Whole) -> list[tuple[str, str]]:
    return [
        (label(one.name), _plain(value(one.value, one.kind)) + (f" ({_('bron')}: {one.source})" if one.source else ""))
        for one in whole.facts
    ]


def _decided(one: DecisionView) -> list[tuple[str, str]]:
    found = [(_("Wanneer"), moment(one.evaluated))]
    found += [(label(x.name) if x.name else _("Uitkomst"), _decided_value(x)) for x in one.outcome]
    for table in one.tables:
        found += [(label(x.name), _decided_value(x)) for x in table.inputs]
        for rule in table.rules:
            said = "; ".join(f"{name}: {text}" for name, text in rule.annotations.items() if text)
            found.append((_("Regel {number}").format(number=rule.index), " – ".join(x for x in (rule.description, said) if x)))
    return _known(found)


def _decided_value(one: DecidedValue) -> str:
    if one.hidden:
        return _("niet voor uw rol")
    return _("niet bekend") if one.value is None else _said(one.value)


def _look(line: Mapping[str, Any]) -> tuple[str, str]:
    reason = (line["detail"] or {}).get("reason")
    return moment(line["moment"]), f"{doer(line['actor'])} {deed(line['action'])}" + (f": {reason}" if reason else "")


def _documents(rows: Sequence[DocumentRow], contents: Mapping[int, bytes]) -> Part:
    """Return the list of documents: each with its checksum, and whether it is inside the file."""
    pieces = []
    for one in rows:
        inside = one.key in contents
        checksum = hashlib.sha256(contents[one.key]).hexdigest() if inside else one.checksum
        pieces.append(Piece(one.title, _known([
            (_("Bestand"), one.name), (_("Gemaakt"), moment(one.created)), (_("Toegevoegd door"), doer(one.added_by)),
            (_("Controlegetal (SHA-256)"), checksum),
            (_("Waar"), _("in dit bestand, bij de bijlagen") if inside else _("niet in dit bestand: het is te groot")),
        ])))  # fmt: skip
    return Part(_("Documenten"), pieces, _none(rows))


# -- everything about the person -------------------------------------------------------------------------------------------


@papers.route("/zaken/<int:key>/inzage", methods=["GET", "POST"])
@needs(EXTRACT)
def extract(key: int) -> ResponseReturnValue:
    """Everything that is held about the person of a case, for the person: asked for with a reason, which the log keeps."""
    problem = ""
    if request.method == "POST":
        what = request.form.get("vorm", "")
        what = what if what in FORMATS else FORMATS[0]
        try:
            with i18n.speaking(LANGUAGE):
                found = services().extracts.make(key, request.form.get("reden", ""), me(), what)
                name = f"inzage-{legal_day(found.made).isoformat()}"
                if what == "json":
                    return file(written(found), f"{name}.json", "application/json")
                return _answer(_extract_paper(found), f"{name}.pdf")
        except InvalidInput as error:
            problem = f"{error.message} {error.remedy}"
    services().extracts.person_of(key, me())
    page = render_template("cases/extract.html", key=key, problem=problem, given=request.form.get("reden", ""))
    return page, 422 if problem else 200


def written(found: Extract) -> bytes:
    """Return the file for programs: JSON that people can read as well."""
    return (json.dumps(json.loads(dump_value(found.content)), ensure_ascii=False, indent=1) + "\n").encode()


def _extract_paper(found: Extract) -> Paper:
    title = _("Wat wij over u bewaren")
    lead = [
        _("Dit is een overzicht voor {name}, gemaakt op {moment}.").format(name=found.name, moment=moment(found.made)),
        _("U mag weten welke gegevens een organisatie over u heeft. Dat staat in de privacywet (AVG, artikel 15)."),
        _("In dit overzicht staan uw gegevens, wat wij voor u deden, en wie naar uw gegevens keek en waarom."),
        _("Klopt er iets niet? Dan mag u ons vragen om het te verbeteren (AVG, artikel 16)."),
    ]  # fmt: skip
    parts, left_out = [], []
    for declared in DECLARED.values():
        rows = found.parts.get(declared.part, [])
        if declared.part and not declared.is_told and rows:
            left_out.append(declared.title.lower())
        elif declared.part and declared.is_told:
            shown = rows[:MOST_ROWS]
            pieces = [Piece(lines=_known_facts(rows))] if declared.part == "gegevens" else [_row(declared.part, x) for x in shown]
            more = [_("Er zijn er meer: alle {count} staan in het bestand voor computers.").format(count=len(rows))]
            parts.append(Part(declared.title, pieces, [*_none(rows), *(more if len(rows) > MOST_ROWS else [])]))
    if left_out:
        said = _("Dit is techniek. Het staat alleen in het bestand voor computers (JSON), dat u ook kunt krijgen:")
        parts.append(Part(_("Wat hier niet staat"), [Piece(text=[f"{said} {'; '.join(left_out)}."])]))
    return Paper(title, found.organisation, legal_day(found.made), lead, _("Inhoud"), parts)


def _known_facts(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what is known, each fact once: parts of a case hand theirs on to each other."""
    found: dict[tuple[str, str], None] = {}
    for row in rows:
        if row["waarde"] in NOTHING:
            continue
        source = f" ({_('bron')}: {row['bron']})" if row["bron"] else ""
        name = row["betekenis"] or label(row["naam"])
        found[name[:1].upper() + name[1:], _said(row["waarde"]) + source] = None
    return sorted(found, key=lambda one: one[0].lower())


def _row(part: str, row: Mapping[str, Any]) -> Piece:
    lines = []
    for name, found in row.items():
        if found in NOTHING or name in TECHNICAL:
            continue
        if name == "bedragInCenten":
            lines.append((_("Bedrag"), in_euros(found)))
        elif part == "logboek" and name == "wat":
            lines.append((label(name), deed(str(found))))
        elif isinstance(found, str) and found in CODES:
            lines.append((label(name), _code(found)))
        elif name in ("voorRollen", "voorRol"):
            lines.append((label(name), roles(found if isinstance(found, list) else [found])))
        elif name == "proces":
            lines.append((label(name), _process_name(str(found))))
        else:
            lines.append((label(name), _said(found)))
    if part in NAMED and lines:
        return Piece(lines[0][1], lines[1:])
    return Piece(lines=lines)


def _process_name(process_id: str) -> str:
    """Return what a process is called; looked up once for each paper."""
    if "processes" not in g:
        g.processes = {p.id: p.name or p.id for p in services().deployments.newest("process")}
    return str(g.processes.get(process_id, process_id))


# -- words -----------------------------------------------------------------------------------------------------------------


def _said(found: Any) -> str:
    """Return a value in words: staff by name and roles, what is inside of lists and objects one after the other."""
    if isinstance(found, Mapping):
        if set(found) == {"naam", "rollen"}:
            return str(found["naam"]) + (f" ({roles(found['rollen'])})" if found["rollen"] else "")
        return "; ".join(f"{label(str(name))}: {_said(one)}" for name, one in found.items() if one not in NOTHING)
    if isinstance(found, list | tuple):
        return ", ".join(_said(one) for one in found)
    if isinstance(found, str) and _MOMENT.fullmatch(found):
        return moment(datetime.fromisoformat(found))
    return _plain(value(found))


def _plain(text: object) -> str:
    """Return text without marks: what a page shows is for a browser, what is on paper is not."""
    return text.striptags() if isinstance(text, Markup) else str(text)


def _code(state: str) -> str:
    return _(CODES[state]) if state in CODES else state


def _done(username: str | None, when: datetime | None) -> str:
    return ", ".join(x for x in (username or "", moment(when)) if x)


def _known(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, found) for name, found in lines if found]


def _paragraphs(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def _none(rows: Sequence[Any]) -> list[str]:
    return [] if rows else [_("Hierover is niets bekend.")]
