"""The files of regular reports: the very ones that their owner could take along from the pages at that moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from flask import Flask, Response, g
from werkzeug.datastructures import ImmutableMultiDict

from inburgering_flow.errors import Forbidden, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import lists as model
from inburgering_flow.model import permissions
from inburgering_flow.model.lists import SavedList
from inburgering_flow.model.permissions import Actor, Role
from inburgering_flow.model.regular_reports import FIGURES, RegularReport
from inburgering_flow.services import Services
from inburgering_flow.services.regular_reports import Made, Maker
from inburgering_flow.web.lists.kinds import KINDS
from inburgering_flow.web.lists.listing import COLUMNS, known

TAKEN: Mapping[str, tuple[str, str]] = {
    model.TASKS: ("tasklist.taken", N_("Taken")), model.CASES: ("cases.taken", N_("Zaken")),
    model.ACCOUNTS: ("admin.accounts_taken", N_("Accounts")), model.INCIDENTS: ("admin.incidents_taken", N_("Storingen")),
    model.LOG: ("admin.log_taken", N_("Logboek")), model.BATCHES: ("bulk.batches_taken", N_("Bulkbewerkingen")),
    model.BUDGETS: ("money.lines_taken", N_("Middelen")),
}  # fmt: skip
"""List → the page that gives it as a file, and what people call it."""
OF_NOBODY: Mapping[str, frozenset[str]] = {
    model.TASKS: frozenset(("vraag", "uiterlijk", "prioriteit", "opvolgen", "proces", "sinds")),
    model.INCIDENTS: frozenset(("stap", "proces", "oorzaak", "sinds")),
    model.BATCHES: frozenset(("bewerking", "begonnen", "gedaan", "zaken", "mislukt", "toestand", "klaar")),
    model.BUDGETS: frozenset(("budget", "jaar", "toegekend", "verplicht", "uitgegeven", "over")),
}
"""Columns that say nothing of anybody; every other column of every list counts as personal."""
OF_TABLE = ("periode", "proces", "stap")


def is_personal(one: SavedList) -> bool:
    """Tell whether a kept list may have personal data in it: unless all of its columns are known to have none."""
    kind = KINDS[one.list]
    asked = [name for name in one.chosen.get(COLUMNS, "").split(",") if name] or list(kind.usual)
    shown = {*asked, *(column.name for column in kind.columns if column.is_kept)}
    return not shown <= OF_NOBODY.get(one.list, frozenset())


def kept_list(services: Services, key: int, actor: Actor) -> SavedList:
    """Return a list that somebody keeps, or that is shared with one of their roles; raises NotFound."""
    for name in TAKEN:
        found = next((one for one in services.saved_lists.of(name, actor) if one.key == key), None)
        if found is not None:
            return found
    raise NotFound(_("Deze lijst is er niet."), remedy=_("Kies een lijst die u bewaarde."))


def masked(actor: Actor) -> Actor:
    """Return somebody who may see the same figures, with small counts hidden: what is mailed is read by others."""
    table: dict[str, Role] = {name: replace(role, cases=permissions.NONE) for name, role in actor.table.items()}
    return replace(actor, table=table, is_system=False)


def maker(app: Flask) -> Maker:
    """Return what makes the file of a report with the pages of an application."""
    services = cast(Services, app.extensions["services"])

    def make(report: RegularReport, actor: Actor) -> Made:
        chosen = report.chosen
        if report.source == FIGURES:
            place = {"part": chosen["part"], "address": chosen["address"], "kind": report.form}
            asked = {name: chosen[name] for name in OF_TABLE if chosen.get(name)}
            who = masked(actor) if report.address else actor
            return Made(f"inzicht-{chosen['address']}", _taken(app, "insight.download", place, asked, who), False)
        one = kept_list(services, int(chosen["list"]), actor)
        if one.list in (model.TASKS, model.CASES) and not actor.sees:
            raise Forbidden(_("Uw rol ziet geen zaken."), remedy=_("Vraag de functioneel beheerder om een rol."))
        endpoint, title = TAKEN[one.list]
        name = _(title).lower()  # before the page ends, and its language with it
        content = _taken(app, endpoint, {"form": report.form}, known(KINDS[one.list], one.chosen), actor)
        return Made(name, content, is_personal(one))

    return make


def _taken(app: Flask, endpoint: str, place: Mapping[str, str], asked: Mapping[str, Any], actor: Actor) -> bytes:
    """Return what a page gives to somebody as a file."""
    with app.test_request_context(query_string=ImmutableMultiDict(asked)):
        g.actor = actor
        view = cast("Callable[..., Response]", app.view_functions[endpoint])
        answer = view(**place)
        answer.direct_passthrough = False
        return answer.get_data()
