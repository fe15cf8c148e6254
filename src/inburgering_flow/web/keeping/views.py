"""Bewaren: how long closed cases are kept, what holds them, and destroying them with two people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.plugin import StartField
from inburgering_flow.services import retentions
from inburgering_flow.services.questions import wrong
from inburgering_flow.services.sheets import CSV, csv_of
from inburgering_flow.store import retention
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.files import file as download
from inburgering_flow.web.paging import key_in, start_of
from inburgering_flow.web.table_files import rows_of_page

keeping = Blueprint("keeping", __name__)
DAY = StartField("dag", N_("Bewaren tot en met"), "date")
DECLARATION = "verklaring-van-vernietiging.csv"
HEADER = (
    "dossier", "proces", "gesloten", "bewaard_tot", "grond", "voorgedragen_door", "vernietigd_door", "vernietigd_op",
)  # fmt: skip


@keeping.get("/bewaren")
@needs(permissions.RETENTION)
def closed() -> ResponseReturnValue:
    """Closed cases: which may go, which are held, proposed, kept for longer, or gone."""
    service, view = services().retentions, request.args.get("lijst", retention.DUE)
    found, counts = service.find(me(), view, start_of(), rows_of_page(retentions.SIZE)), service.counts(me())
    return render_template("keeping/closed.html", found=found, view=view, counts=counts, names=retentions.NAMES)


@keeping.get("/bewaren/<int:key>")
@needs(permissions.RETENTION)
def one(key: int) -> ResponseReturnValue:
    """One closed case, and what can be done about it."""
    return _one(key, ())


@keeping.post("/bewaren/voordragen")
@needs(permissions.RETENTION)
def propose() -> ResponseReturnValue:
    """Propose closed cases to be destroyed."""
    return _each(services().retentions.propose, _("Voorgedragen: {count}. Een collega moet ze vernietigen."), retention.DUE)


@keeping.post("/bewaren/vernietigen")
@needs(permissions.RETENTION)
def destroy() -> ResponseReturnValue:
    """Destroy closed cases that somebody else proposed."""
    return _each(services().retentions.destroy, _("Vernietigd: {count}. Dit is niet terug te draaien."), retention.PROPOSALS)


@keeping.post("/bewaren/<int:key>/vasthouden")
@needs(permissions.RETENTION)
def hold(key: int) -> ResponseReturnValue:
    """Keep a closed case for a reason."""
    services().retentions.hold(key, request.form.get("reden", ""), me())
    flash(_("Het dossier wordt vastgehouden. Uw reden staat in het logboek."))
    return redirect(url_for("keeping.one", key=key))


@keeping.post("/bewaren/<int:key>/vrijgeven")
@needs(permissions.RETENTION)
def let_go(key: int) -> ResponseReturnValue:
    """Let the rule decide about a case again."""
    services().retentions.let_go(key, request.form.get("reden", ""), me())
    flash(_("De regel beslist weer hoe lang dit dossier blijft."))
    return redirect(url_for("keeping.one", key=key))


@keeping.post("/bewaren/<int:key>/dag")
@needs(permissions.RETENTION)
def decide_day(key: int) -> ResponseReturnValue:
    """Say until when a case is kept for which the rule gives no day."""
    day = request.form.get("dag", "").strip()
    problems = wrong(DAY, request.form, ()) if day else [_("Vul de laatste dag in.")]
    if problems:
        return _one(key, problems)
    services().retentions.decide_day(key, date.fromisoformat(day), request.form.get("reden", ""), me())
    flash(_("De laatste dag is vastgelegd. Uw reden staat in het logboek."))
    return redirect(url_for("keeping.one", key=key))


@keeping.get("/bewaren/verklaring.csv")
@needs(permissions.RETENTION)
def declaration() -> Response:
    """What was destroyed, for the declaration that the archive asks for."""
    rows = [
        (str(row.root_key), row.process_id, row.ended.date(), row.until, row.reason, row.proposed_by, row.changed_by,
         row.changed)
        for row in services().retentions.declaration(me())
    ]  # fmt: skip
    services().audit_log.taken(me(), DECLARATION)
    return download(csv_of(HEADER, rows), DECLARATION, CSV)


def _each(act: Callable[[Sequence[int], Actor], Mapping[int, str]], done: str, view: str) -> ResponseReturnValue:
    keys = [key for text in request.form.getlist("dossier") if (key := key_in(text)) is not None]
    if not keys:
        raise InvalidInput(_("U hebt geen dossier gekozen."), remedy=_("Kies een of meer dossiers in de lijst."))
    refused = act(keys, me())
    if len(refused) < len(set(keys)):
        flash(done.format(count=len(set(keys)) - len(refused)))
    for key, why in refused.items():
        flash(_("Dossier {key}: {why}").format(key=key, why=why), "problem")
    return redirect(url_for("keeping.closed", lijst=view))


def _one(key: int, problems: Sequence[str]) -> ResponseReturnValue:
    found = services().retentions.one(key, me())
    page = render_template("keeping/one.html", x=found, row=found.row, problems=problems, given=request.form)
    return page, 422 if problems else 200
