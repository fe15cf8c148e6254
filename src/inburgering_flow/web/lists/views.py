"""Keeping a list under a name, and doing one thing to many of its rows."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import FlowError, InvalidInput, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import lists as model
from inburgering_flow.model.runtime import HIGHEST_PRIORITY
from inburgering_flow.services import list_deeds
from inburgering_flow.web.absence.views import marked, say_if_away
from inburgering_flow.web.access import inside, me, services
from inburgering_flow.web.lists.kinds import KINDS
from inburgering_flow.web.lists.listing import Kind, known
from inburgering_flow.web.paging import key_in
from inburgering_flow.web.telling import Undo, say_with

lists = Blueprint("lists", __name__)
TOGETHER = {
    model.TASKS: {
        list_deeds.CLAIM: N_("Oppakken"), list_deeds.RELEASE: N_("Teruggeven"), list_deeds.ASSIGN: N_("Toewijzen…"),
        list_deeds.PRIORITY: N_("Prioriteit…"), list_deeds.FOLLOW_UP: N_("Opvolgdatum…"),
    },
    model.CASES: {list_deeds.HAND_OVER: N_("Overdragen…")},
    model.INCIDENTS: {list_deeds.RETRY: N_("Opnieuw proberen")},
}  # fmt: skip
"""What can be done to many rows of a list; an ellipsis says that a question comes first."""
DONE = {
    list_deeds.CLAIM: N_("Oppakken"), list_deeds.RELEASE: N_("Teruggeven"), list_deeds.ASSIGN: N_("Toewijzen"),
    list_deeds.PRIORITY: N_("Prioriteit geven"), list_deeds.FOLLOW_UP: N_("Opvolgdatum geven"),
    list_deeds.HAND_OVER: N_("Overdragen"), list_deeds.RETRY: N_("Opnieuw proberen"),
}  # fmt: skip
OF = {list_deeds.HAND_OVER: model.CASES, list_deeds.RETRY: model.INCIDENTS}
"""Of which list the rows of a deed are, where it is not of tasks."""
AT_ONCE = frozenset((list_deeds.CLAIM, list_deeds.RELEASE, list_deeds.RETRY))


def offered(kind: Kind) -> list[tuple[str, str]]:
    """Return what the reader may do to many rows of a list, and how a button says it."""
    needed = list_deeds.ACTIONS
    return [(name, _(title)) for name, title in TOGETHER.get(kind.name, {}).items() if not needed[name] or me().may(needed[name])]


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise NotFound(_("Deze lijst is er niet."), remedy=_("Kies een lijst in het menu."))
    return KINDS[name]


@lists.post("/lijsten/<kind>/bewaren")
def save(kind: str) -> ResponseReturnValue:
    """Keep a list as it stands under a name."""
    found = _kind(kind)
    chosen, once = known(found, request.form.to_dict()), request.form.get("eenmalig", "")
    try:
        services().saved_lists.save(
            kind, request.form.get("naam", ""), chosen, request.form.get("team", ""), me(), once=once
        )
    except FlowError as error:
        flash(f"{error.message} {error.remedy}", "problem")
    else:
        flash(_("De lijst is bewaard."))
    return redirect(url_for(found.endpoint, **chosen))


@lists.post("/lijsten/<int:key>/weggooien")
def remove(key: int) -> ResponseReturnValue:
    """Throw a list away that somebody kept; its rows stay as they are."""
    gone = services().saved_lists.remove(key, me())
    flash(_("De bewaarde lijst “{name}” is weg.").format(name=gone.name))
    return redirect(url_for(_kind(gone.list).endpoint))


@lists.post("/lijsten/<kind>/samen")
def together(kind: str) -> ResponseReturnValue:
    """Do one thing to each row that was ticked; what is asked first is asked on a page of its own."""
    found, action = _kind(kind), request.form.get("actie", "")
    if action not in TOGETHER.get(found.name, {}):
        raise InvalidInput(_("Dit kan niet met deze lijst."), remedy=_("Kies een knop onder de lijst."))
    keys = [key for text in request.form.getlist("kies") if (key := key_in(text)) is not None]
    back = request.form.get("terug", "")
    back = back if inside(back) else url_for(found.endpoint)
    asks, problem = action not in AT_ONCE, ""
    try:
        keys = services().list_deeds.chosen(action, keys, me())
        if not asks:
            return _done(action, keys, None, back)
    except InvalidInput as error:
        flash(f"{error.message} {error.remedy}", "problem")
        return redirect(back)
    if "antwoord" in request.form:
        try:
            return _done(action, keys, _answer(action, request.form["antwoord"].strip()), back)
        except InvalidInput as error:
            problem = f"{error.message} {error.remedy}"
    people: list[Any] = []
    if action == list_deeds.ASSIGN:
        people = services().user_tasks.workers(me())
    elif action == list_deeds.HAND_OVER:
        people = services().case_leads.leaders(me())
    page = render_template(
        "lists/question.html", kind=found, action=action, title=_(DONE[action]), keys=keys, people=people, back=back,
        problem=problem, given=request.form.get("antwoord", ""), highest=HIGHEST_PRIORITY, away=marked(people),
    )  # fmt: skip
    return page, 422 if problem else 200


def _done(action: str, keys: list[int], given: Any, back: str) -> ResponseReturnValue:
    key = services().list_deeds.do(action, keys, given, me(), once=request.form.get("eenmalig", ""))
    if action in (list_deeds.ASSIGN, list_deeds.HAND_OVER):
        say_if_away(given)
    deed = services().list_deeds.told(key, me()).deed
    if "meteen" in request.form and deed.done and not deed.refused and action not in list_deeds.CANNOT_BE_UNDONE:
        undo = Undo(_("Ongedaan maken"), url_for("lists.undo", key=key), {"terug": back})
        say_with(_("Gelukt: {what}.").format(what=_(DONE[action]).lower()), undo)
        return redirect(back)
    return redirect(url_for("lists.done", key=key, terug=back))


def _answer(action: str, text: str) -> Any:
    """Return what somebody answered as a deed takes it; raises InvalidInput."""
    if action == list_deeds.PRIORITY:
        found = key_in(text)
        if found is None or found > HIGHEST_PRIORITY:
            raise InvalidInput(
                _("Een prioriteit is een getal van 0 tot en met {most}.").format(most=HIGHEST_PRIORITY),
                remedy=_("Gewoon is 50; wat hoger is, gaat voor."),
            )
        return found
    if action == list_deeds.FOLLOW_UP and text:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise InvalidInput(_("{text} is geen dag.").format(text=text), remedy=_("Kies een dag op de kalender.")) from None
    if action == list_deeds.ASSIGN and not text:
        raise InvalidInput(_("Kies aan wie u de taken geeft."), remedy=_("Of geef ze terug, dan zijn ze vrij."))
    return text or None


@lists.get("/lijsten/gedaan/<int:key>")
def done(key: int) -> ResponseReturnValue:
    """What became of each row."""
    told = services().list_deeds.told(key, me())
    back = request.args.get("terug", "")
    kind = KINDS[OF.get(told.deed.action, model.TASKS)]
    title = _(DONE[told.deed.action])
    return render_template(
        "lists/done.html", outcome=told, back=back if inside(back) else url_for(kind.endpoint),
        title=_("Teruggedraaid: {what}").format(what=title) if told.deed.is_undoing else title,
        may_undo=told.deed.is_over and told.deed.done and not told.deed.undone and not told.deed.is_undoing
        and told.deed.action not in list_deeds.CANNOT_BE_UNDONE,
    )  # fmt: skip


@lists.post("/lijsten/gedaan/<int:key>/verder")
def go_on(key: int) -> ResponseReturnValue:
    """Go on with what stopped half-way."""
    services().list_deeds.go_on(key, me())
    back = request.form.get("terug", "")
    return redirect(url_for("lists.done", key=key, terug=back if inside(back) else None))


@lists.post("/lijsten/gedaan/<int:key>/terug")
def undo(key: int) -> ResponseReturnValue:
    """Put each row back as it was, where nobody has changed it since."""
    found = services().list_deeds.undo(key, me())
    flash(_("Wat u deed, is teruggedraaid waar dat kon."))
    back = request.form.get("terug", "")
    return redirect(url_for("lists.done", key=found, terug=back if inside(back) else None))
