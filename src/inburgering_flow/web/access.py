"""Who is looking: login, logout, the actor of a request."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services import Services
from inburgering_flow.web.protection import limiter

access = Blueprint("access", __name__)
OPEN = {"access.login", "access.healthz", "language.change", "static"}


def services() -> Services:
    """Return the services that this application serves."""
    return cast(Services, current_app.extensions["services"])


def actor() -> Actor | None:
    """Return who is logged in."""
    return cast("Actor | None", g.get("actor"))


def me() -> Actor:
    """Return who is logged in; on every page behind the login that is somebody."""
    found = actor()
    assert found is not None
    return found


def inside(target: str) -> bool:
    """Tell whether an address is within this application, so that nobody is sent to another site."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    plain = target.isprintable() and "\\" not in target  # a line break would end the header, a tab is left out by browsers
    return target.startswith("/") and not target.startswith("//") and not parts.netloc and plain


def needs(permission: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Refuse a page to anyone who lacks a permission; the services check it again."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            me().require(permission)
            return view(*args, **kwargs)

        return guarded

    return decorate


@access.before_app_request
def identify() -> ResponseReturnValue | None:
    """Put the actor on the request, or ask the visitor to log in."""
    g.actor = None
    if request.endpoint == "static":
        return None
    username = session.get("username")
    if username:
        row = services().accounts.get(username)
        if row is not None and row.active and row.session_epoch == session.get("epoch"):
            g.actor = services().accounts.actor(row)
            g.display_name = row.display_name
            return None
        session.clear()
    if request.endpoint in OPEN:
        return None
    if request.method == "GET":
        return redirect(url_for("access.login", next=request.full_path.rstrip("?")))
    return redirect(url_for("access.login", verlopen=1))


@access.route("/inloggen", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    """Log in with a local account."""
    problem = ""
    if request.method == "POST":
        row = services().accounts.verify(request.form.get("username", "").strip(), request.form.get("password", ""))
        if row is not None:
            session.clear()
            session["username"], session["epoch"] = row.username, row.session_epoch
            session.permanent = True
            target = request.form.get("next") or ""
            return redirect(target if inside(target) else url_for("tasklist.work"))
        problem = _("De naam of het wachtwoord klopt niet. Vraag de functioneel beheerder om hulp als het niet lukt.")
    accounts = services().accounts.all() if services().context.settings.demo else []
    status = 401 if problem else 200
    return render_template("login.html", problem=problem, accounts=accounts), status


@access.route("/wachtwoord", methods=["GET", "POST"])
@limiter.limit("20 per minute", methods=["POST"])
def password() -> ResponseReturnValue:
    """Choose a new password; every session of the account ends, this one too."""
    problem = ""
    if request.method == "POST":
        new = request.form.get("nieuw", "")
        try:
            if new != request.form.get("nogmaals", ""):
                raise InvalidInput(_("De twee nieuwe wachtwoorden zijn niet gelijk."), remedy=_("Typ ze opnieuw."))
            services().accounts.change_password(me().username, request.form.get("oud", ""), new)
        except InvalidInput as error:
            problem = str(error)
        else:
            session.clear()
            return redirect(url_for("access.login"))
    return render_template("password.html", problem=problem), 422 if problem else 200


@access.post("/uitloggen")
def logout() -> ResponseReturnValue:
    """Log out."""
    who = actor()
    if who is not None:
        services().accounts.log_out(who)
    session.clear()
    return redirect(url_for("access.login"))


@access.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Tell whether the database answers and the clock lets due work run; pages are served all the same."""
    services().context.db.ping()
    trouble = services().clock_guard.trouble()
    return {"status": "ok"} | ({"due_work": trouble} if trouble else {})
