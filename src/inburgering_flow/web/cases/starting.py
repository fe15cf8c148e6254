"""Starting a case of a deployed process with the start form that its designer made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow import forms
from inburgering_flow.errors import Conflict, InvalidInput, InvalidSubmission
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.services.process_starts import Beginning
from inburgering_flow.services.tasks import Asked
from inburgering_flow.values import dump_value
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.answers import answers_to, sent_files, sent_json

starting = Blueprint("starting", __name__)


@starting.route("/processen/<int:key>/starten", methods=["GET", "POST"])
@needs(permissions.CASE_START)
def start(key: int) -> ResponseReturnValue:
    """Start a case of a process; one that the domain starts by a page of its own is started there."""
    process_id = services().context.catalog.process(key).process_id
    if any(form.process_id == process_id and form.is_listed for form in services().context.domain.start_forms):
        return redirect(url_for("cases.new", soort=process_id))
    asked = services().process_starts.asked(key, me())
    if request.method == "GET":
        return _page(key, asked)
    sent, files, values = sent_json(), sent_files(), dict[str, Any]()

    def answers(beginning: Beginning) -> Mapping[str, Any]:
        values.update(answers_to(Asked(beginning.schema, dict), sent))
        return values

    try:
        case = services().process_starts.start(
            key, answers, me(), name=request.form.get("zaaknaam", "").strip(), once=request.form.get("eenmalig", ""),
            files=files,
        )  # fmt: skip
    except InvalidSubmission as error:
        return _page(key, asked, error.problems, values), 422
    except (InvalidInput, Conflict) as error:
        return _page(key, asked, [str(error)], values), 422
    flash(_("De zaak is gestart."))
    return redirect(url_for("cases.case", key=case))


@starting.post("/processen/<int:key>/starten/lijst")
@needs(permissions.CASE_START)
def rearrange(key: int) -> ResponseReturnValue:
    """Add an item to a list of the plain form, or take one out, and show the form again: nothing is checked or stored."""
    asked = services().process_starts.asked(key, me())
    values, focus = ({}, "") if asked.schema is None else forms.rearrange_plain(
        asked.schema, {}, request.form, request.form.get("toevoegen", ""), request.form.get("verwijderen", "")
    )  # fmt: skip
    if sent_files():
        flash(_("Kies uw bestanden opnieuw: die zijn niet bewaard."), "problem")
    return _page(key, asked, values=values, focus=focus)


def _page(
    key: int, asked: Beginning, problems: Sequence[Any] = (), values: Mapping[str, Any] | None = None, focus: str = ""
) -> str:
    given = dict(values or {})
    fields = forms.questions(asked.schema, {}, given) if asked.schema is not None else []
    g.sources = forms.sources(asked.schema) if asked.schema is not None else {}
    focused = next((f.name for f in fields if f.can_change and focus and f"{f.name}.".startswith(f"{focus}.")), "")
    return render_template(
        "cases/start.html", key=key, asked=asked, problems=problems, fields=fields, schema_json=dump_value(asked.schema or {}),
        values_json=dump_value(given), given=request.form, focus=focused,
    )  # fmt: skip
