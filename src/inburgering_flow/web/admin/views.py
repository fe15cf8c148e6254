"""Incidents (Storingen), accounts and the audit log."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.runtime import IncidentRow
from inburgering_flow.settings import described
from inburgering_flow.web.access import me, needs, services

admin = Blueprint("admin", __name__)


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
    """Accounts and their roles."""
    if request.method == "POST":
        form = request.form
        services().accounts.save(
            form.get("username", "").strip(), display_name=form.get("naam", ""), password=form.get("password", ""),
            roles=form.getlist("rollen"), location=form.get("locatie") or None, actor=me(),
        )  # fmt: skip
        flash(_("Het account is bewaard."))
        return redirect(url_for("admin.accounts"))
    return render_template("admin/accounts.html", accounts=services().accounts.all(me()), roles=sorted(services().context.roles))


@admin.get("/logboek")
@needs(permissions.AUDIT)
def log() -> ResponseReturnValue:
    """Who did or looked at what."""
    service = services().audit_log
    return render_template(
        "admin/log.html", events=service.recent(me()), seal=service.newest_seal(me()), broken=service.check(newest=7)
    )
