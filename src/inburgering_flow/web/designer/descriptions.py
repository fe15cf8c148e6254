"""Beschrijving: a process as a text that can be printed and signed."""

from __future__ import annotations

import re
from datetime import date

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.services.descriptions import Description
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.designer.spoken import Spoken, meaning, spoken
from inburgering_flow.web.display import day, length_of_time

descriptions = Blueprint("descriptions", __name__)


@descriptions.get("/processen/<int:key>/beschrijving")
def of_definition(key: int) -> ResponseReturnValue:
    """A deployed version as a text."""
    return _page([services().descriptions.of_definition(key, me())])


@descriptions.get("/ontwerpen/<int:key>/beschrijving/<path:path>")
@needs(permissions.DEPLOY)
def of_file(key: int, path: str) -> ResponseReturnValue:
    """A diagram of a project, as it is saved, as a text."""
    return _page(services().descriptions.of_file(key, path, me()))


def _page(found: list[Description]) -> ResponseReturnValue:
    today = services().clock.now().astimezone(services().context.env.zone).date()
    return render_template(
        "designer/description.html", described=found, today=today, spoken=spoken, meaning=meaning, happening=happening,
        kind=kind, policy=policy, dates=lambda texts: ", ".join(map(dated, texts)),
    )  # fmt: skip


def kind(element: Element) -> str:
    """Return who or what does a step, as the beginning of a sentence; empty where its name says all."""
    match element.kind:
        case "userTask" | "manualTask" | "task":
            return _("Iemand doet dit.")
        case "businessRuleTask":
            return _("Het systeem beslist met een tabel.")
        case "serviceTask" | "sendTask":
            return _("Het systeem doet dit.")
        case "scriptTask":
            return _("Het systeem rekent dit uit.")
        case "callActivity":
            return _("Een ander proces doet dit.")
        case "receiveTask":
            return _("De zaak wacht op een bericht.")
        case "parallelGateway":
            return _("Vanaf hier gaat alles tegelijk verder.")
        case "exclusiveGateway":
            return _("Hier gaat de zaak één kant op.")
        case "inclusiveGateway" | "complexGateway":
            return _("Hier gaat de zaak een of meer kanten op.")
        case "eventBasedGateway":
            return _("De zaak wacht op wat het eerst gebeurt.")
        case "subProcess" | "transaction" | "adHocSubProcess":
            return _("Dit begint als het gebeurt.") if element.triggered_by_event else _("Dit bestaat uit de stappen hieronder.")
    return ""


def happening(element: Element, names: dict[str, str]) -> list[tuple[str, Spoken | None]]:
    """Return what happens at an event: a sentence each, and what it depends on."""
    return [] if element.event is None else [one for part in element.event.all for one in _part(element, part, names)]


def _part(element: Element, event: Event, names: dict[str, str]) -> list[tuple[str, Spoken | None]]:
    throws = element.kind in ("intermediateThrowEvent", "endEvent")
    match event.kind:
        case "timer":
            said = {"duration": _("Dit gebeurt na:"), "cycle": _("Dit gebeurt telkens:")}.get(event.timer, _("Dit gebeurt op:"))
            return [(said, _text(event, names))]
        case "message" if event.name is not None:
            who = _("Hier gaat bericht naar: {partner}.") if throws else _("Dit gebeurt als er bericht komt van: {partner}.")
            return [(who.format(partner=_partner(event.name.source)), None)]
        case "conditional":
            return [(_("Dit gebeurt zodra dit waar is:"), spoken(event.condition, names))]
        case "escalation":
            told = _("Dit wordt gemeld aan wie dit proces begon.")
            return [(told if throws else _("Dit gebeurt als een stap dit meldt."), None)]
        case "error":
            return [(_("Dit eindigt met een fout.") if throws else _("Dit gebeurt als een stap met een fout eindigt."), None)]
        case "signal":
            return [(_("Dit wordt overal gemeld.") if throws else _("Dit gebeurt als het ergens wordt gemeld."), None)]
        case "terminate":
            return [(_("Alles in dit proces stopt hier."), None)]
        case "compensate":
            return [(_("Wat is gedaan, wordt teruggedraaid."), None)]
    return []


def _text(event: Event, names: dict[str, str]) -> Spoken | None:
    given = event.expression
    if given is None:
        return None
    if given.is_expression:
        return spoken(given.source, names)
    plain = dated(given.source) if re.match(r"\d{4}-", given.source) else length_of_time(given.source)
    return Spoken(plain) if plain != given.source else Spoken("", given.source)


def _partner(name: str) -> str:
    """Return from whom a message comes: what stands before the dot of its name."""
    first = re.split(r"[.\s\"]", name.strip('" '))[0]
    known = services().context.domain.acronyms
    return first.upper() if first.lower() in known or len(first) <= 3 else first


def policy(hit_policy: str) -> str:
    """Return in words which rule of a table counts.

    Source: DMN 1.5, 8.2.10.
    """
    first, _space, rest = hit_policy.partition(" ")
    match first:
        case "UNIQUE":
            return _("Er past altijd hoogstens één regel.")
        case "FIRST":
            return _("De eerste regel die past, telt.")
        case "ANY":
            return _("Passen er meer regels, dan zeggen zij hetzelfde.")
        case "PRIORITY":
            return _("Van de regels die passen, telt de uitkomst met de meeste voorrang.")
        case "COLLECT" if rest:
            sums = {"SUM": _("opgeteld"), "MIN": _("de laagste"), "MAX": _("de hoogste"), "COUNT": _("geteld")}
            return _("Alle regels die passen, tellen: {how}.").format(how=sums.get(rest, ""))
    return _("Alle regels die passen, tellen.")


def dated(text: str) -> str:
    """Return a day of a table in words."""
    try:
        return day(date.fromisoformat(text[:10]), weekday=False)
    except ValueError:
        return text
