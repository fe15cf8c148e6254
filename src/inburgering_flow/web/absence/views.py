"""Mijn afwezigheid, and everybody's for who leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Conflict, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.absences import GROUP, PROCESS, REST, Absence, Deputy
from inburgering_flow.model.permissions import CASE_ASSIGN
from inburgering_flow.services.absences import Choices
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import day, roles
from inburgering_flow.web.language import modelled

absence = Blueprint("absence", __name__)
ROWS = 3
"""So many kinds of tasks a form has room for, besides those that are chosen already."""


@absence.route("/afwezigheid", methods=["GET", "POST"])
def own() -> ResponseReturnValue:
    """When one is away, and whom one stands in for."""
    return _page(me().username)


@absence.route("/afwezigheid/<int:key>", methods=["GET", "POST"])
def change(key: int) -> ResponseReturnValue:
    """Change a period."""
    row = services().absences.get(key, me())
    return _page(row.username, row)


@absence.route("/regie/afwezigheid", methods=["GET", "POST"])
@needs(CASE_ASSIGN)
def team() -> ResponseReturnValue:
    """When everybody is away; for whom a period is noted is chosen first."""
    people = services().absences.people(me())
    whom = request.args.get("wie", "")
    if whom in {account.username for account in people}:
        return _page(whom)
    listed = services().absences.of_all(me())
    clashes = services().absences.clashes(listed, me())
    return render_template("absence/team.html", listed=listed, clashes=clashes, people=people, titles=_titles(listed))


@absence.post("/afwezigheid/<int:key>/intrekken")
def withdraw(key: int) -> ResponseReturnValue:
    """Withdraw a period."""
    row = services().absences.withdraw(key, me())
    flash(_("De afwezigheid is ingetrokken. Wie verving, ziet de zaken en taken niet langer."))
    return redirect(_list_of(row.username))


def _list_of(username: str) -> str:
    return url_for("absence.own") if username == me().username else url_for("absence.team")


def _page(username: str, row: Absence | None = None) -> ResponseReturnValue:
    """Show the form of a period with the lists beside it, or keep what was sent."""
    service, problem = services().absences, ""
    choices = service.choices(username, me())
    given = _of(row)
    if request.method == "POST":
        given = _sent()
        try:
            key = service.note(
                username, _day(given["van"]), _day(given["tot"]), _deputies(given), me(), key=row.key if row else None,
                once=request.form.get("eenmalig", ""),
            )  # fmt: skip
        except (InvalidInput, Conflict) as error:
            problem = f"{error.message} {error.remedy}"
        else:
            flash(_("De afwezigheid is bewaard."))
            _warn(service.get(key, me()))
            return redirect(_list_of(username))
    mine = username == me().username
    listed = service.own(me()) if mine and row is None else []
    others = service.as_deputy(me()) if mine and row is None else []
    page = render_template(
        "absence/absence.html", choices=choices, given=given, problem=problem, row=row, listed=listed, others=others,
        clashes=service.clashes(listed, me()), titles=_titles([*listed, *others]), kinds=_kinds(choices), is_own=mine,
        back=_list_of(username), names={a.username: a.display_name or a.username for a in choices.colleagues},
    )  # fmt: skip
    return page, 422 if problem else 200


def _warn(row: Absence) -> None:
    """Tell which deputies are away themselves, and that nobody stands in for tasks without a deputy."""
    for name in services().absences.clashes([row], me()).get(row.key, ()):
        said = _("Let op: {name} is in deze periode zelf ook afwezig. Voor die dagen vervangt niemand.")
        flash(said.format(name=name), "problem")
    if not any(one.kind == REST for one in row.deputies):
        flash(_(
            "Let op: er is geen vervanger voor alle andere taken. Die gaan na een werkdag terug naar de groep."
        ), "problem")  # fmt: skip


def _of(row: Absence | None) -> dict[str, Any]:
    """Return what the form of a period is opened with."""
    if row is None:
        return {"van": request.args.get("van", ""), "tot": "", "vervanger": "", "soorten": [("", "")] * ROWS}
    rest = next((one.username for one in row.deputies if one.kind == REST), "")
    kinds = [(f"{one.kind}:{one.name}", one.username) for one in row.deputies if one.kind != REST]
    return {
        "van": row.since.isoformat(), "tot": row.until.isoformat(), "vervanger": rest, "soorten": kinds + [("", "")] * ROWS
    }  # fmt: skip


def _sent() -> dict[str, Any]:
    form = request.form
    kinds = list(zip(form.getlist("soort"), form.getlist("soort_vervanger"), strict=False))
    return {
        "van": form.get("van", ""), "tot": form.get("tot", ""), "vervanger": form.get("vervanger", ""), "soorten": kinds
    }  # fmt: skip


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InvalidInput(_("Een van de dagen ontbreekt of is geen datum."), remedy=_("Kies beide dagen.")) from None


def _deputies(given: Mapping[str, Any]) -> list[Deputy]:
    """Return who was chosen for what; raises InvalidInput for a kind of task without somebody, or the other way round."""
    found = [Deputy(REST, "", given["vervanger"])] if given["vervanger"] else []
    for kind, whom in given["soorten"]:
        if bool(kind) != bool(whom):
            raise InvalidInput(
                _("Bij een soort taak hoort een vervanger."), remedy=_("Kies ze allebei, of maak ze allebei leeg.")
            )
        if kind:
            what, _colon, name = kind.partition(":")
            found.append(Deputy(what, name, whom))
    return found


def _kinds(choices: Choices) -> dict[str, str]:
    """Return the kinds of tasks that can be chosen, and how a list says them."""
    of_roles = {f"{GROUP}:{name}": _("taken voor de rol {role}").format(role=roles([name])) for name in choices.roles}
    processes = sorted(choices.processes.items(), key=lambda one: one[1].lower())
    return of_roles | {
        f"{PROCESS}:{id}": _("taken van het proces {name}").format(name=modelled(name).striptags()) for id, name in processes
    }


def _titles(rows: Sequence[Absence]) -> dict[tuple[str, str], str]:
    """Return how the kinds of tasks of deputies are said, by kind and name."""
    named = {(one.kind, one.name) for row in rows for one in row.deputies}
    processes = {}
    if any(kind == PROCESS for kind, _name in named):
        processes = {p.id: p.name or p.id for p in services().deployments.newest("process")}
    found = {(REST, ""): _("alle andere taken")}
    for kind, name in named:
        if kind == GROUP:
            found[kind, name] = _("taken voor de rol {role}").format(role=roles([name]))
        elif kind == PROCESS:
            shown = modelled(processes.get(name, name)).striptags()
            found[kind, name] = _("taken van het proces {name}").format(name=shown)
    return found


def marked(people: Sequence[Any]) -> dict[str, str]:
    """Return of colleagues in a list to choose from what is said of those who are away today."""
    until = services().absences.away(me(), [account.username for account in people]) if people else {}
    return {name: _("afwezig tot en met {day}").format(day=day(last, weekday=False)) for name, last in until.items()}


def say_if_away(username: str | None) -> None:
    """Tell on the next page that somebody who was chosen is away, and who does their tasks."""
    last = services().absences.away(me(), [username]).get(username) if username else None
    if last is not None:
        flash(_(
            "Let op: {name} is afwezig tot en met {day}. Een taak zonder vervanger gaat na een werkdag terug naar de groep."
        ).format(name=username, day=day(last, weekday=False)), "problem")  # fmt: skip
