"""Incidents (Storingen), accounts and the audit log."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.clock import start_of_day
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.i18n import N_, _
from inburgering_flow.model import permissions
from inburgering_flow.model.outbound import hosts
from inburgering_flow.services.disclosure.incidents import ShownIncident
from inburgering_flow.settings import described, secret_names
from inburgering_flow.store.audit import Wanted
from inburgering_flow.web.access import me, needs, services
from inburgering_flow.web.display import retried
from inburgering_flow.web.failures import note_refusal
from inburgering_flow.web.paging import key_in, start_of

admin = Blueprint("admin", __name__)
KINDS = {
    "looks": N_("Bekeken"), "searches": N_("Gezocht"), "deeds": N_("Gedaan"), "refusals": N_("Geweigerd"),
    "logins": N_("Inloggen en uitloggen"), "accounts": N_("Accounts"), "log": N_("Het logboek zelf"),
}  # fmt: skip
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
        jobs=services().jobs.overview(me(), start_of()), mail=services().mails.trouble(me()), now=services().clock.now(),
        described=described(services().context.settings), called=hosts(services().context.settings.http_hosts),
        secrets=secret_names(services().context.settings),
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
    rows = services().accounts.all(me())
    chosen = next((a for a in rows if a.username == request.args.get("account")), None)
    page = render_template(
        "admin/accounts.html", accounts=rows, roles=sorted(services().context.roles), chosen=chosen, given=given, problem=problem,
        tried=services().logins.tried(me()),
    )  # fmt: skip
    return page, 422 if problem else 200


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
        query = urlencode({name: value for name, value in (given | keys).items() if value})
        return redirect(f"{url_for('admin.log')}?{query}")
    asked = request.args
    page = service.find(me(), Wanted(
        person=_key("persoon"), case=_key("zaak"), words=tuple(filter(None, asked.get("woorden", "").split(",")))[:100],
        who=asked.get("wie", ""), since=_day("van"), until=_day("tot", 1), kind=asked.get("soort", ""), before=_key("voor"),
    ))  # fmt: skip
    found = services().audit_chain.check(newest=LOOKED_AT)
    kept = {name: asked[name] for name in ("persoon", "zaak", "woorden", "wie", "van", "tot", "soort") if asked.get(name)}
    return render_template(
        "admin/log.html", page=page, kept=kept, kinds={kind: _(label) for kind, label in KINDS.items()},
        seal=service.newest_seal(me()), broken=[_(f.says).format(**f.about) for f in found if not f.is_remark],
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
