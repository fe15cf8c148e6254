"""Mijn werk, Taken and Taak."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow import forms
from inburgering_flow.clock import legal_day, legal_last_day
from inburgering_flow.errors import Conflict, FlowError, Forbidden, InvalidInput, InvalidSubmission, NotFound
from inburgering_flow.i18n import N_, _
from inburgering_flow.model.runtime import CREATED, HIGHEST_PRIORITY, SUSPENDED, UserTask
from inburgering_flow.services.attachments import Files
from inburgering_flow.services.documents import versions_of
from inburgering_flow.services.previews import Preview
from inburgering_flow.services.sheets import Cell
from inburgering_flow.services.task_access import may_do
from inburgering_flow.services.tasks import Asked, DutyUnknown, SeparationOfDuties, Unconfirmed, has_or_leads
from inburgering_flow.store.task_lists import COUNT_LIMIT, TaskItem
from inburgering_flow.values import dump_value
from inburgering_flow.web.absence.views import marked, say_if_away
from inburgering_flow.web.access import inside, me, services
from inburgering_flow.web.alerts.views import SAYS
from inburgering_flow.web.answers import answers_to, sent_files, sent_json
from inburgering_flow.web.display import named, number, roles, value, week_from_now
from inburgering_flow.web.failures import note_refusal
from inburgering_flow.web.files import file
from inburgering_flow.web.lists.kinds import TASKS, VIEWS, process_titles, role_titles
from inburgering_flow.web.lists.listing import Column, Listing, as_file, facts_in, form_of, ticked, with_facts
from inburgering_flow.web.lists.views import offered
from inburgering_flow.web.own_figures.words import WORDS
from inburgering_flow.web.paging import key_in
from inburgering_flow.web.telling import Undo, say_and_offer_next, say_with
from inburgering_flow.web.uploading import put_into_case

tasklist = Blueprint("tasklist", __name__)
NEVER = 9000
"""From this year on a date stands for none."""
NEWS = 5  # on the first page; the others are one click away


@tasklist.get("/")
def work() -> ResponseReturnValue:
    """What is due first."""
    actor = me()
    mine, free, counts = services().task_lists.work(actor)
    pressing = services().my_day.pressing(actor, mine.items)
    week, now = week_from_now(), services().clock.now()
    last = datetime.max.replace(tzinfo=UTC)

    def when(item: TaskItem) -> datetime:
        return pressing[item.key].due if item.key in pressing else last

    items = sorted(mine.items, key=lambda item: (when(item), -item.priority, item.key))
    later = [i for i in items if i.follow_up is not None and i.follow_up > now and when(i) > week]
    groups = {
        _("Te laat"): [i for i in items if when(i) <= now],
        _("Deze week"): [i for i in items if now < when(i) <= week],
        _("Later"): [i for i in items if when(i) > week and i not in later],
        _("Weggelegd tot een latere dag"): later,
    }
    counts["laat"] += sum(when(i) <= now < i.sort_due for i in items)
    unread = services().alerts.page(actor, size=NEWS) if services().alerts.count(actor) else None
    arrived = [one for one in (unread.items if unread else ()) if not one.row.read]
    return render_template(
        "tasklist/work.html", arrived=arrived, figures=WORDS, groups=groups,
        said={pair: _(sentence) for pair, sentence in SAYS.items()},
        mine=mine, free=free, counts=counts, listing=TASKS.usually(_lacking()),
        pressing=pressing, waiting=services().my_day.waiting(actor),
    )  # fmt: skip


def _lacking() -> Sequence[str]:
    """Return the columns that an installation without persons has not."""
    return () if services().context.domain.person else ("persoon",)


def _listing() -> tuple[Listing, str, dict[str, Any]]:
    """Return the list that the address asks for, which of the three it is, and its filters for the service."""
    listing = with_facts(TASKS).read(_lacking())
    said = listing.filters
    narrowed = services().task_lists.narrowed(
        process_id=said["process_id"], name=said["vraag"], group=said["rol"], assignee=said["wie"], is_free=bool(said["vrij"]),
        owner=said["eigenaar"], is_late=bool(said["late"]), before=listing.day("tot"), priority=listing.number("prioriteit"),
        is_wanted=bool(said["nu"]), facts=facts_in(listing),
    )  # fmt: skip
    return listing, said["lijst"] if said["lijst"] in VIEWS else "rollen", narrowed


@tasklist.route("/taken", methods=["GET", "POST"])
def tasks() -> ResponseReturnValue:
    """A list of open tasks; its filters are in the address, except what is looked for, which travels by POST."""
    text = request.form.get("zoek", "").strip()
    sent = request.form if text else request.args
    page, problem, processes = None, "", process_titles()
    listing, view, narrowed = _listing()
    start = key_in(sent.get("vanaf", "")) or 0
    try:
        page = services().task_lists.page(
            me(), view, narrowed, sent.get("na"), text=text, by=listing.by, is_descending=listing.is_descending,
            start=min(start, COUNT_LIMIT),
        )  # fmt: skip
    except InvalidInput as error:
        if not text:
            raise
        problem = str(error)
    shown = render_template(
        "tasklist/tasks.html", page=page, view=view, views={k: _(title) for k, title in VIEWS.items()}, listing=listing,
        text=text, processes=processes, problem=problem, together=offered(TASKS),
        role_titles=role_titles(), process_names=dict(processes),
    )  # fmt: skip
    return shown, 422 if problem else 200


@tasklist.route("/taken/bestand.<form>", methods=["GET", "POST"])
def taken(form: str) -> ResponseReturnValue:
    """The list as a file, with the columns that are shown, at most 10,000 tasks; those that were ticked, where a form says
    which.
    """
    listing, view, narrowed = _listing()
    form = form_of(form)
    rows = services().task_lists.taken(
        me(), view, narrowed, f"{listing.kind.name}.{form}", by=listing.by, is_descending=listing.is_descending,
        only=ticked(),
    )  # fmt: skip
    processes = dict(process_titles())

    def cell(item: TaskItem, column: Column) -> Cell:
        return {
            "vraag": named(item).striptags(), "persoon": rows.names.get(item.root_key, ""), "dossier": item.business_key,
            "uiterlijk": legal_last_day(item.due) if item.due and item.due.year < NEVER else None,
            "voor": item.assignee or roles(item.candidate_groups), "prioriteit": item.priority,
            "opvolgen": legal_day(item.follow_up) if item.follow_up else None, "eigenaar": item.owner,
            "proces": processes.get(item.process_id, item.process_id), "sinds": item.created,
        }[column.name]  # fmt: skip

    return as_file(listing, _(VIEWS[view]), form, rows.items, cell)


@tasklist.get("/taken/aantal")
def count() -> ResponseReturnValue:
    """How many tasks a long list has: counted after the page is shown, so that the page costs the same at any length."""
    _list, view, narrowed = _listing()
    found = services().task_lists.count(me(), view, narrowed)
    return _("Meer dan 10.000") if found > COUNT_LIMIT else number(found)


def _show(
    key: int, *, problems: tuple[Any, ...] = (), values: dict[str, Any] | None = None, status: int = 200, focus: str = ""
) -> Any:
    detail = services().task_page.open(key, me())
    given = {**detail.draft, **(values or {})}
    shown = {**detail.known, **given}
    fields = forms.questions(detail.schema, detail.known, given) if detail.schema else []
    focused = next((f.name for f in fields if f.can_change and focus and f"{f.name}.".startswith(f"{focus}.")), "")
    g.sources = forms.sources(detail.schema) if detail.schema else {}
    open_ = detail.task.state == "CREATED"
    mine = detail.task.assignee == me().username
    if problems and open_ and not mine:  # given back meanwhile: what is wrong with it comes after it is taken
        _keep(key, values or {})
        flash(_("Deze taak staat niet op uw naam. Pak de taak op: wat u invulde staat dan klaar."), "problem")
        problems = ()
    assignable = services().user_tasks.a_few_assignable(key, me(), CHOSEN_ON_PAGE) if open_ else []
    has_another = open_ and not mine and detail.task.assignee is not None
    absent, is_deputy = services().absences.for_task(key, me()) if has_another else (None, False)
    return render_template(
        "tasklist/task.html", d=detail, fields=fields, problems=problems, mine=mine, open=open_,
        may_work=may_do(detail.task, me()), assignable=assignable, may_plan=open_ and has_or_leads(detail.task, me()),
        unknown_duty=_unknown_duty(), focus=focused, away=marked(assignable or ()), absent=absent, is_deputy=is_deputy,
        schema_json=dump_value(detail.schema or {}), values_json=dump_value(shown),
        has_letters=services().previews.has_letters(detail.task.definition_key), documents=versions_of(detail.documents),
        priorities=_priorities(detail.task.priority), typed=[] if (open_ and mine) or not values else _filled_in(fields),
        follow_up=legal_day(detail.task.follow_up).isoformat() if detail.task.follow_up else "",
    ), status  # fmt: skip


CHOSEN_ON_PAGE = 100
"""Colleagues among whom a task page lets choose; where there may be more, they are read when somebody wants to hand over."""
PRIORITIES = {25: N_("weinig haast"), 50: N_("gewoon"), 75: N_("veel haast"), 100: N_("nu meteen")}


def _priorities(own: int) -> dict[int, str]:
    """Return the priorities that a task can be given, with the one that it has: called by the nearest of them."""
    nearest = min(PRIORITIES, key=lambda value: abs(value - own))
    titles = {value: _(title) for value, title in PRIORITIES.items()}
    return dict(sorted({own: f"{titles[nearest]} ({own})", **titles}.items()))


@tasklist.get("/taken/<int:key>")
def task(key: int) -> ResponseReturnValue:
    """One question about one case."""
    result: ResponseReturnValue = _show(key)
    return result


@tasklist.post("/taken/<int:key>/oppakken")
def claim(key: int) -> ResponseReturnValue:
    """Take a task."""
    try:
        done = services().user_tasks.claim(key, me().username, me())
        release = url_for("tasklist.release", key=key)
        if done and services().task_page.is_taken_as_deputy(key, me()):
            said = _("De taak is van u, als vervanger.")
            _say(said, done=done, undo=Undo(_("Terugnemen"), url_for("tasklist.take_back", key=key)))
        else:
            _say(_("De taak is van u."), done=done, undo=Undo(_("Teruggeven"), release))
    except Conflict as error:
        flash(_conflict(error) or _("Een collega heeft deze taak al opgepakt. Kies een andere taak."), "problem")
    except Forbidden as error:
        note_refusal(error)
        flash(" ".join((_("U kunt deze taak niet doen."), _duty(error))), "problem")
    back = request.form.get("terug", "")
    if back and inside(back):  # to the list as it was
        return redirect(back)
    return redirect(url_for("tasklist.task", key=key))


def _conflict(error: Conflict) -> str:
    """Return what stands in the way if it is no colleague."""
    if error.code == SUSPENDED:
        return _("De zaak van deze taak staat stil. U kunt de taak pas doen als de zaak verdergaat.")
    return ""


def _duty(error: Forbidden) -> str:
    if isinstance(error, SeparationOfDuties):
        return _("U deed een eerdere stap die hier wordt beoordeeld; een collega moet dit doen.")
    return _unknown_duty() if isinstance(error, DutyUnknown) else _("De taak is voor een andere rol.")


def _unknown_duty() -> str:
    return _(
        "Wie deze taak niet mag doen, kan niet worden berekend. Zolang dat zo is, kan niemand de taak doen. "
        "Verbeter de gegevens van de zaak, of vraag de functioneel beheerder om hulp."
    )


@tasklist.post("/taken/<int:key>/teruggeven")
def release(key: int) -> ResponseReturnValue:
    """Give a task back."""
    done = services().user_tasks.release(key, me())
    again = Undo(_("Weer oppakken"), url_for("tasklist.claim", key=key))
    _say(_("De taak is weer vrij voor collega's."), done=done, undo=again)
    return redirect(url_for("tasklist.tasks"))


@tasklist.get("/taken/<int:key>/overdragen")
def hand_over(key: int) -> ResponseReturnValue:
    """Choose the colleague to whom a task goes, where there are too many for the page of the task."""
    detail = services().task_page.open(key, me())
    people = services().user_tasks.assignable(key, me()) if detail.task.state == CREATED else []
    return render_template("tasklist/hand_over.html", task=detail.task, people=people, away=marked(people))


@tasklist.post("/taken/<int:key>/toewijzen")
def assign(key: int) -> ResponseReturnValue:
    """Give a task to a colleague, with a word if there is something to say."""
    given, whom = request.form, request.form.get("username", "")
    if not whom:
        raise InvalidInput(_("Er is geen collega gekozen."), remedy=_("Kies een collega uit de lijst."))
    done = services().handovers.hand_over(key, whom, me(), word=given.get("bericht", ""), once=given.get("eenmalig", ""))
    back = Undo(_("Terugnemen"), url_for("tasklist.take_back", key=key))
    _say(_("De taak is overgedragen aan {name}.").format(name=whom), done=done, undo=back)
    say_if_away(whom)
    return redirect(url_for("tasklist.task", key=key))


@tasklist.post("/taken/<int:key>/terugnemen")
def take_back(key: int) -> ResponseReturnValue:
    """Undo giving a task to a colleague."""
    try:
        done = services().handovers.take_back(key, me())
    except Conflict as error:
        said = _("De taak is niet teruggenomen: uw collega heeft er al iets mee gedaan, of iemand anders was u voor.")
        flash(_conflict(error) or said, "problem")
        return redirect(url_for("tasklist.task", key=key))
    _say(_("De taak is teruggenomen."), done=done)
    return redirect(url_for("tasklist.task", key=key))


@tasklist.post("/taken/<int:key>/plannen")
def plan(key: int) -> ResponseReturnValue:
    """Say how much haste a task has, and when to look at it again."""
    was = services().task_page.planned(key, me())
    changed = services().user_tasks.plan(key, me(), **_planned(request.form))
    if changed:
        fields = {"prioriteit": str(was[0]), "opvolgdatum": was[1].isoformat() if was[1] else ""}
        undo = Undo(_("Ongedaan maken"), url_for("tasklist.plan", key=key), fields)
        say_with(_("De prioriteit en de opvolgdatum zijn bewaard."), undo)
    else:
        flash(_("Er is niets veranderd: zo stond het al."))
    return redirect(url_for("tasklist.task", key=key))


def _planned(given: Mapping[str, str]) -> dict[str, Any]:
    """Return the priority and follow-up date that were sent; raises InvalidInput for what is none."""
    priority, day = key_in(given.get("prioriteit", "")), given.get("opvolgdatum", "").strip()
    if priority is None or priority > HIGHEST_PRIORITY:
        raise InvalidInput(_("De prioriteit is niet gekozen."), remedy=_("Kies de prioriteit uit de lijst."))
    try:
        return {"priority": priority, "follow_up": date.fromisoformat(day) if day else None}
    except ValueError:
        raise InvalidInput(
            _("De opvolgdatum is geen datum."), remedy=_("Kies een dag, of schrijf hem als 2026-12-31.")
        ) from None


@tasklist.post("/taken/<int:key>/notitie")
def note(key: int) -> ResponseReturnValue:
    """Write a note at a task; it stands in the case, and says at which task it was written."""
    root_key = services().task_page.root_of(key, me())
    services().case_file.add_note(
        root_key, request.form.get("tekst", ""), me(), request.form.get("lezers", ""), once=request.form.get("eenmalig", ""),
        task_key=key,
    )  # fmt: skip
    flash(_("De notitie is bewaard."))
    return redirect(url_for("tasklist.task", key=key))


@tasklist.post("/taken/<int:key>/document")
def attach(key: int) -> ResponseReturnValue:
    """Put a file into the case of a task."""
    root_key = services().task_page.root_of(key, me())
    return put_into_case(root_key, url_for("tasklist.task", key=key), task_key=key)


@tasklist.post("/taken/<int:key>/concept")
def draft(key: int) -> ResponseReturnValue:
    """Keep unfinished answers."""
    sent = sent_json()  # read before anything is locked
    services().drafts.save(key, me(), lambda asked: answers_to(asked, sent))
    if request.headers.get("Sec-Fetch-Mode") == "cors" or request.form.get("stil"):
        return "", 204
    flash(_("Uw concept is bewaard."))
    return redirect(url_for("tasklist.task", key=key))


@tasklist.post("/taken/<int:key>/voorbeeld")
def preview(key: int) -> ResponseReturnValue:
    """The letter that goes out when the task is completed as the form stands; of several a list. Nothing is stored."""
    sent = sent_json()
    problems: list[str] = []
    found: list[Preview] = []
    try:
        found = services().previews.of_task(key, lambda asked: answers_to(asked, sent), me())
    except InvalidSubmission as error:
        problems = [p.message for p in error.problems]
    except (Forbidden, NotFound, Conflict):
        raise
    except FlowError as error:
        problems = [f"{error.message} {error.remedy}"]
    chosen = key_in(request.form.get("brief", "")) if len(found) != 1 else 0
    if chosen is not None and chosen < len(found):
        one = found[chosen]
        shown: ResponseReturnValue = file(one.content, f"{one.title}.pdf", one.media_type, inline=True)
        return shown
    fields = [one for one in request.form.items(multi=True) if one[0] not in ("brief", "csrf_token")]
    page = render_template("tasklist/preview.html", key=key, letters=found, problems=problems, fields=fields)
    return page, 422 if problems else 200


@tasklist.post("/taken/<int:key>/lijst")
def rearrange(key: int) -> ResponseReturnValue:
    """Add an item to a list of the plain form, or take one out, and show the form again: nothing is checked or stored."""
    asked = services().user_tasks.asked_of(key, me(), doing=True)
    values, focus = ({}, "") if asked.schema is None else forms.rearrange_plain(
        asked.schema, asked.variables, request.form, request.form.get("toevoegen", ""), request.form.get("verwijderen", "")
    )  # fmt: skip
    if any(file.filename for name in request.files for file in request.files.getlist(name)):
        flash(_("Kies uw bestanden opnieuw: die zijn niet bewaard."), "problem")
    shown: ResponseReturnValue = _show(key, values=values, focus=focus)
    return shown


@tasklist.post("/taken/<int:key>/afronden")
def complete(key: int) -> ResponseReturnValue:
    """Complete a task; every problem is shown at once and nothing that was typed is lost."""
    actor, values, sent, files = me(), {}, sent_json(), sent_files()

    def answers(asked: Asked) -> dict[str, Any]:
        values.update(answers_to(asked, sent))
        return values

    try:
        done = services().user_tasks.complete(
            key, answers, user=actor.username, actor=actor, files=files, confirmed=request.form.get("bevestigd") == "ja"
        )
    except Unconfirmed as error:
        return _summary(error.task, answers, values, files)
    except InvalidSubmission as error:
        shown: ResponseReturnValue = _show(key, problems=error.problems, values=values, status=422)
        return shown
    except Forbidden as error:
        note_refusal(error)
        flash(" ".join((_("U kunt deze taak niet afronden."), _duty(error))), "problem")
        return redirect(url_for("tasklist.task", key=key))
    except Conflict as error:
        if not values:
            values = answers_to(services().user_tasks.asked_of(key, actor), sent)
        _keep(key, values)
        flash(
            _conflict(error)
            or _("Iemand anders was u voor: deze taak is al afgerond of opgepakt. Wat u invulde is niet gebruikt."),
            "problem",
        )
        return cast(ResponseReturnValue, _show(key, values=values, status=409))
    if done:
        say_and_offer_next(_("De taak is afgerond."), key)
    else:
        _say("", done=False)
    return redirect(url_for("tasklist.work"))


def _summary(
    task: UserTask, answers: Callable[[Asked], dict[str, Any]], values: dict[str, Any], files: Files
) -> ResponseReturnValue:
    """Show what an answer that cannot be taken back brings about, before the last button."""
    outlook, problem, status = None, "", 200
    try:
        outlook = services().previews.outlook(task.key, answers, me(), files)
    except FlowError as error:  # a letter that cannot be made: it would stand still after the last button too
        problem, status = str(error), 422
    asked = services().user_tasks.asked_of(task.key, me(), doing=True)
    questions = forms.questions(asked.schema, asked.variables, values) if asked.schema is not None else []
    page = render_template(
        "tasklist/summary.html", task=task, outlook=outlook, problem=problem,
        answers=_filled_in(questions),
        fields=[one for one in request.form.items(multi=True) if one[0] != "csrf_token"], files=sorted(files),
    )  # fmt: skip
    return page, status


def _filled_in(questions: list[forms.Question]) -> list[tuple[str, str]]:
    """Return what somebody has filled in: each question and its answer, as the page says them."""
    return [(one.label, _answer(one)) for one in questions if one.can_change and one.value not in (None, "", [])]


def _answer(question: forms.Question) -> str:
    """Return an answer as the page says it: of a choice what stands beside it, else the value."""
    chosen = [label for option, label in question.options if question.is_chosen(option)]
    return ", ".join(chosen) if chosen else value(question.value)


def _say(sentence: str, *, done: bool, undo: Undo | None = None) -> None:
    """Say what has been done to a task, or that its listeners decide first."""
    if done:
        say_with(sentence, undo)
    else:
        flash(_("Dit wordt nu verwerkt. Kijk over een moment of het is gelukt."))


def _keep(key: int, values: dict[str, Any]) -> None:
    try:
        services().drafts.save(key, me(), lambda _asked: json.loads(dump_value(values)))
    except FlowError:
        return  # the task is not this person's any more; the page still shows what was typed
