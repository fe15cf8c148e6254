"""Incidents (Storingen), accounts and the audit log."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.runtime import IncidentRow
from inburgering_flow.settings import described
from inburgering_flow.web.access import me, needs, services

admin = Blueprint("admin", __name__)
LOOKED_AT = 2_000  # newest lines of the log whose chain the page checks; all of it: inburgering-flow log check


@admin.get("/storingen")
@needs(permissions.INCIDENT)
def incidents() -> ResponseReturnValue:
    """Active incidents, grouped by cause."""
    groups: dict[tuple[str, str, str], list[IncidentRow]] = {}
    for row in services().incidents.active(me()):
        groups.setdefault((row.process_id, row.element_id, row.message), []).append(row)
    cases = {cause: ",".join(str(key) for key in sorted({r.root_key for r in rows})) for cause, rows in groups.items()}
    return render_template("admin/incidents.html", groups=groups, cases=cases)


@admin.post("/storingen/<int:key>/opnieuw")
@needs(permissions.INCIDENT)
def resolve(key: int) -> ResponseReturnValue:
    """Try again."""
    services().incidents.resolve(key, me())
    flash(_("De stap wordt opnieuw geprobeerd."))
    return redirect(url_for("admin.incidents"))


@admin.get("/beheer")
@needs(permissions.JOBS)
def operations() -> ResponseReturnValue:
    """Settings with their meaning, and the work that is due first."""
    return render_template(
        "admin/operations.html", jobs=services().jobs.overview(me()), described=described(services().context.settings),
        now=services().clock.now(),
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
            problem = str(error)
        else:
            waits = _("Het account is bewaard. Een collega moet de nieuwe rollen goedkeuren.")
            flash(_("Het account is bewaard.") if done else waits)
            return redirect(url_for("admin.accounts"))
    rows = services().accounts.all(me())
    chosen = next((a for a in rows if a.username == request.args.get("account")), None)
    page = render_template(
        "admin/accounts.html", accounts=rows, roles=sorted(services().context.roles), chosen=chosen, given=given, problem=problem
    )
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


@admin.get("/logboek")
@needs(permissions.AUDIT)
def log() -> ResponseReturnValue:
    """Who did or looked at what."""
    service = services().audit_log
    found = services().audit_chain.check(newest=LOOKED_AT)
    return render_template(
        "admin/log.html", events=service.recent(me()), seal=service.newest_seal(me()),
        broken=[_(f.says).format(**f.about) for f in found if not f.is_remark],
    )  # fmt: skip
