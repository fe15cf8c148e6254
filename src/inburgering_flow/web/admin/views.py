"""Incidents (Storingen), accounts and the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import start_of_day
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.outbound import hosts
from inburgering_flow.model.pages import Page
from inburgering_flow.services.disclosure.incidents import KINDS as CAUSES
from inburgering_flow.services.disclosure.incidents import ShownIncident
from inburgering_flow.services.entry_files import WORK as ENTRY_FILE
from inburgering_flow.services.rehearsals import WORK as REHEARSAL
from inburgering_flow.services.sheets import Cell, too_many
from inburgering_flow.services.telling import MAIL
from inburgering_flow.settings import PREFIX, described, secret_names
from inburgering_flow.store.accounts import AccountRow
from inburgering_flow.store.audit import Wanted
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import deed, doer, retried, roles, told
from inburgering_flow.web.failures import note_refusal
from inburgering_flow.web.lists.held import MOST, SIZE, Held, at_hand, held, in_order, taken
from inburgering_flow.web.lists.kinds import (
    ACCOUNT_STATES,
    ACCOUNTS,
    ASKED,
    CLOSED,
    INCIDENTS,
    LOG,
    LOG_KINDS,
    OPEN,
    process_titles,
    role_titles,
)
from inburgering_flow.web.lists.listing import COLUMNS, ORDER, Column, Listing, as_file, form_of, ticked
from inburgering_flow.web.lists.views import offered
from inburgering_flow.web.paging import key_in, start_of
from inburgering_flow.web.table_files import rows_of_page

admin = Blueprint("admin", __name__)
OWN_WORK = {ENTRY_FILE: N_("bestand met zaken inlezen"), REHEARSAL: N_("zaken op proef overzetten"), MAIL: N_("e-mail sturen")}
"""What the page calls the program's own work, by the type of its job."""
LOOKED_AT = 2_000  # newest lines of the log whose chain the page checks; all of it: inburgering-flow log check


@admin.get("/storingen")
@needs(permissions.INCIDENT)
def incidents() -> ResponseReturnValue:
    """Active incidents, the newest first, a page of them grouped by cause."""
    groups: dict[tuple[str, str, str, tuple[str, ...]], list[ShownIncident]] = {}
    page = services().incidents.page(me(), start_of())
    for row in page.rows:
        groups.setdefault((row.process_id, row.element_id, row.kind, row.about), []).append(row)
    cases = {cause: ",".join(str(key) for key in sorted({r.root_key for r in rows})) for cause, rows in groups.items()}
    return render_template("admin/incidents.html", groups=groups, cases=cases, page=page, lost=services().lost_tasks.last)


def _incident_cell(row: ShownIncident, column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "stap": row.element_name or row.element_id, "proces": row.process_id, "oorzaak": row.kind,
        "zaak": str(row.root_key), "sinds": row.created, "opnieuw": row.tried,
    }  # fmt: skip
    return cells[column.name]


def _incident_fits(listing: Listing) -> Callable[[ShownIncident], bool]:
    process, cause = listing.filters["proces"], listing.filters["oorzaak"]
    return lambda row: process in ("", row.process_id) and cause in ("", row.error_type)


def _incidents(start: int, size: int) -> Page[ShownIncident]:
    return services().incidents.page(me(), start, size)


@admin.get("/storingen/lijst")
@needs(permissions.INCIDENT)
def incident_list() -> ResponseReturnValue:
    """Active incidents, each in a row of its own."""
    listing = INCIDENTS.read()
    found = held(listing, _incidents, _incident_cell, _incident_fits(listing))
    return render_template(
        "admin/incident_list.html", listing=listing, held=found, causes=[(kind, _(title)) for kind, title in CAUSES.items()],
        processes=process_titles(), together=offered(INCIDENTS),
    )  # fmt: skip


@admin.route("/storingen/bestand.<form>", methods=["GET", "POST"])
@needs(permissions.INCIDENT)
def incidents_taken(form: str) -> ResponseReturnValue:
    """Active incidents as a file; those that were ticked, where a form says which."""
    listing, chosen = INCIDENTS.read(), ticked()
    services().audit_log.taken(me(), f"storingen.{form_of(form)}")
    if chosen is not None:
        rows = in_order(listing, services().incidents.several(chosen, me()), _incident_cell)
        return as_file(listing, _("Storingen"), form_of(form), rows, _incident_cell)
    return taken(listing, _("Storingen"), form_of(form), _incidents, _incident_cell, _incident_fits(listing))


@admin.post("/storingen/<int:key>/opnieuw")
@needs(permissions.INCIDENT)
def resolve(key: int) -> ResponseReturnValue:
    """Try again."""
    services().incidents.resolve(key, me())
    flash(retried())
    return redirect(url_for("admin.incidents"))


@admin.get("/beheer")
@needs(permissions.JOBS)
def operations() -> ResponseReturnValue:
    """Settings with their meaning, and the work that is due first."""
    return render_template(
        "admin/operations.html", load=services().capacity.load(me()),
        jobs=services().jobs.overview(me(), start_of(), rows_of_page(100)), mail=services().mails.trouble(me()),
        now=services().clock.now(), own_work=OWN_WORK,
        described=described(services().context.settings), called=hosts(services().context.settings.http_hosts),
        secrets=secret_names(services().context.settings), prefix=PREFIX,
    )  # fmt: skip


@admin.route("/accounts", methods=["GET", "POST"])
@needs(permissions.ACCOUNTS)
def accounts() -> ResponseReturnValue:
    """Accounts and their roles; an address with ``account`` shows one to change."""
    problem, given = "", None
    if request.method == "POST":
        given = request.form
        try:
            done = services().accounts.save(
                given.get("username", "").strip(), display_name=given.get("naam", ""), password=given.get("password", ""),
                roles=given.getlist("rollen"), location=given.get("locatie", "").strip() or None, actor=me(),
            )  # fmt: skip
        except (InvalidInput, Forbidden) as error:
            note_refusal(error)
            problem = str(error)
        else:
            waits = _("Het account is bewaard. Een collega moet de nieuwe rollen goedkeuren.")
            flash(_("Het account is bewaard.") if done else waits)
            return redirect(url_for("admin.accounts"))
    rows, listing = services().accounts.all(me()), ACCOUNTS.read()
    chosen = next((a for a in rows if a.username == request.args.get("account")), None)
    page = render_template(
        "admin/accounts.html", roles=sorted(services().context.roles), chosen=chosen, given=given, problem=problem,
        listing=listing, held=held(listing, at_hand(rows), _account_cell, _account_fits(listing)),
        tried=services().logins.tried(me()), states=[(name, _(title)) for name, title in ACCOUNT_STATES.items()],
        role_titles=role_titles(),
    )  # fmt: skip
    return page, 422 if problem else 200


def _account_cell(row: AccountRow, column: Column) -> Cell:
    state = ASKED if row.asked_by else OPEN if row.active else CLOSED
    cells: dict[str, Cell] = {
        "account": row.username, "naam": row.display_name, "rollen": roles(row.roles), "locatie": row.location,
        "toestand": _(ACCOUNT_STATES[state]),
    }  # fmt: skip
    return cells[column.name]


def _account_fits(listing: Listing) -> Callable[[AccountRow], bool]:
    sought, role, state = listing.filters["zoek"].casefold(), listing.filters["rol"], listing.filters["toestand"]

    def fits(row: AccountRow) -> bool:
        is_in_state = {"": True, OPEN: row.active, CLOSED: not row.active, ASKED: bool(row.asked_by)}.get(state, False)
        is_found = sought in row.username.casefold() or sought in row.display_name.casefold()
        return is_in_state and is_found and (not role or role in row.roles)

    return fits


@admin.get("/accounts/bestand.<form>")
@needs(permissions.ACCOUNTS)
def accounts_taken(form: str) -> ResponseReturnValue:
    """Accounts as a file."""
    listing = ACCOUNTS.read()
    services().audit_log.taken(me(), f"accounts.{form_of(form)}")
    rows = services().accounts.all(me())
    return taken(listing, _("Accounts"), form_of(form), at_hand(rows), _account_cell, _account_fits(listing))


@admin.post("/accounts/<username>/<any(sluiten,openen,goedkeuren,weigeren):move>")
@needs(permissions.ACCOUNTS)
def account_move(username: str, move: str) -> ResponseReturnValue:
    """Close or open an account, or decide about roles that a colleague asked for."""
    service = services().accounts
    if move in ("sluiten", "openen"):
        service.set_active(username, move == "openen", me())
        flash(_("Het account is gesloten.") if move == "sluiten" else _("Het account is weer open."))
    elif move == "goedkeuren":
        service.agree(username, me())
        flash(_("Het account heeft de gevraagde rollen."))
    else:
        service.refuse(username, me())
        flash(_("De gevraagde rollen zijn geweigerd."))
    return redirect(url_for("admin.accounts"))


@admin.route("/logboek", methods=["GET", "POST"])
@needs(permissions.AUDIT)
def log() -> ResponseReturnValue:
    """Who did or looked at what; whom it is about travels by POST, and is a key or a hash in the address."""
    service = services().audit_log
    if request.method == "POST":
        given = {name: request.form.get(name, "").strip() for name in ("wie", "van", "tot", "soort")}
        about = service.about(me(), request.form.get("over", ""))
        keys = {"persoon": str(about.person or ""), "zaak": str(about.case or ""), "woorden": ",".join(about.words)}
        laid_out = {name: request.form.get(name, "") for name in (COLUMNS, ORDER)}
        query = urlencode({name: value for name, value in (given | keys | laid_out).items() if value})
        return redirect(f"{url_for('admin.log')}?{query}")
    listing = LOG.read()
    if listing.sorting is None:
        page = service.find(me(), _wanted(_key("voor")))
        shown, is_whole = Page(page.lines, 0, len(page.lines), len(page.lines)), True
    else:
        page = service.find(me(), _wanted(), MOST)
        rows, start = in_order(listing, page.lines, _line_cell), listing.start
        shown, is_whole = Page(rows[start : start + SIZE], start, len(rows), SIZE), page.before is None
    found = services().audit_chain.check(newest=LOOKED_AT)
    return render_template(
        "admin/log.html", listing=listing, held=Held(shown, is_whole),
        before=page.before if listing.sorting is None else None,
        kinds=[(kind, _(label)) for kind, label in LOG_KINDS.items()], seal=service.newest_seal(me()),
        days=services().audit_chain.sealed_days(found, LOOKED_AT),
        broken=[_(f.says).format(**f.about) for f in found if not f.is_remark],
    )  # fmt: skip


@admin.get("/logboek/bestand.<form>")
@needs(permissions.AUDIT)
def log_taken(form: str) -> ResponseReturnValue:
    """The lines that fit as a file, at most 10,000."""
    listing, form = LOG.read(), form_of(form)
    page = services().audit_log.find(me(), _wanted(), MOST)
    if page.before is not None:
        raise too_many()
    services().audit_log.taken(me(), f"logboek.{form}")
    return as_file(listing, _("Logboek"), form, in_order(listing, page.lines, _line_cell), _line_cell)


def _line_cell(line: Mapping[str, Any], column: Column) -> Cell:
    cells: dict[str, Cell] = {
        "wanneer": line["moment"], "wie": doer(line["actor"]), "wat": deed(line["action"]), "zaak": str(line["root_key"] or ""),
        "bijzonderheden": told(line["detail"]),
    }  # fmt: skip
    return cells[column.name]


def _wanted(before: int | None = None) -> Wanted:
    asked = request.args
    return Wanted(
        person=_key("persoon"), case=_key("zaak"), words=tuple(filter(None, asked.get("woorden", "").split(",")))[:100],
        who=asked.get("wie", ""), since=_day("van"), until=_day("tot", 1), kind=asked.get("soort", ""), before=before,
    )  # fmt: skip


def _key(name: str) -> int | None:
    text = request.args.get(name, "")
    if not text:
        return None
    found = key_in(text)
    if found is None:
        raise InvalidInput(
            _("Er is geen zaak of regel {text}.").format(text=text[:40]), remedy=_("Begin opnieuw in het logboek.")
        )
    return found


def _day(name: str, later: int = 0) -> datetime | None:
    """Return the moment at which a day of the address begins, or the day so many days later."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return start_of_day(date.fromisoformat(text) + timedelta(days=later))
    except (ValueError, OverflowError):
        raise InvalidInput(
            _("'{text}' is geen datum.").format(text=text[:40]), remedy=_("Schrijf hem zoals 2026-12-31.")
        ) from None
