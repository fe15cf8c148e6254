"""Who is looking: login, logout, own sessions, the actor of a request."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from inburgering_flow.errors import Busy, InvalidInput, TooOften
from inburgering_flow.i18n import _
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services import Services
from inburgering_flow.services.capacity import CONTENT_TYPE
from inburgering_flow.services.logins import LoggedIn
from inburgering_flow.web.browsers import browser_of
from inburgering_flow.web.protection import cookie

access = Blueprint("access", __name__)
log = logging.getLogger(__name__)
TOKEN = "token"  # noqa: S105  # its name in the cookie
DEVICE = "apparaat"  # the cookie by which a browser is known at a next login
KNOWN_FOR = 180 * 24 * 3600
HEALTH, READY, METRICS = "access.healthz", "access.readyz", "access.metrics"
CALENDAR = "agenda.feed"  # opened by programs that cannot log in: whoever has the address has its key
OPEN = {"access.login", HEALTH, READY, METRICS, CALENDAR, "language.change", "static"}


def still_logged_in() -> str:
    """Return what somebody reads whose logout did not work."""
    return _("Uitloggen is niet gelukt: u bent nog ingelogd. Probeer het opnieuw. Lukt het niet, sluit dan de browser.")


def services() -> Services:
    """Return the services that this application serves."""
    return cast(Services, current_app.extensions["services"])


def token() -> str:
    """Return the token of this browser's session; empty where it has none."""
    return str(session.get(TOKEN, ""))


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
    # Whether somebody is logged in is a look in the database, and may be a write.
    if request.endpoint in ("static", HEALTH, READY, METRICS, CALENDAR):
        return None
    if session.get(TOKEN):
        found = services().sessions.find(token())
        if found is not None:
            g.actor, g.session_key, g.display_name = found.actor, found.key, found.account.display_name
            return None
        session.clear()
    if request.endpoint in OPEN:
        return None
    if request.method == "GET":
        return redirect(url_for("access.login", next=request.full_path.rstrip("?")))
    return expired()


def expired() -> ResponseReturnValue:
    """Ask somebody to log in whose session ended before something was sent; then the page of it comes back."""
    return redirect(url_for("access.login", verlopen=1, next=page_of(request.path)))


def page_of(path: str) -> str:
    """Return the nearest address above one that shows a page: of ``/taken/1/afronden`` it is ``/taken/1``."""
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        if path and adapter.test(path, method="GET"):
            return path
    return url_for("tasklist.work")


@access.route("/inloggen", methods=["GET", "POST"])
def login() -> ResponseReturnValue:
    """Log in with a local account."""
    problem, status, wait = "", 200, {}
    if request.method == "POST":
        try:
            found = services().logins.log_in(
                request.form.get("username", "").strip(), request.form.get("password", ""), address=request.remote_addr or "",
                device=request.cookies.get(cookie(DEVICE), ""), browser=browser_of(request.user_agent.string), replaced=token(),
            )  # fmt: skip
        except TooOften as error:
            problem, status, wait = str(error), error.status, {"Retry-After": str(error.seconds)}
        else:
            if found is not None:
                return _logged_in(found)
            problem = _("De naam of het wachtwoord klopt niet. Vraag de functioneel beheerder om hulp als het niet lukt.")
            status = 401
    accounts = services().accounts.all() if services().context.settings.demo else []
    return render_template("login.html", problem=problem, accounts=accounts), status, wait


def _logged_in(found: LoggedIn) -> ResponseReturnValue:
    """Return the answer with which a session begins, and by which this browser is known at a next login."""
    session.clear()
    session[TOKEN] = found.token
    session.permanent = True
    if found.tried:
        said = _("Er is {count} keer geprobeerd om met een verkeerd wachtwoord in uw account te komen, in de laatste 24 uur.")
        what = _("Was u dat niet? Kies een ander wachtwoord en zeg het tegen de functioneel beheerder.")
        flash(" ".join((said.format(count=found.tried), what)), "problem")
    target = request.form.get("next") or ""
    answer = redirect(target if inside(target) else url_for("tasklist.work"))
    answer.set_cookie(
        cookie(DEVICE), found.device, max_age=KNOWN_FOR, samesite="Strict", httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )  # fmt: skip
    return answer


@access.route("/wachtwoord", methods=["GET", "POST"])
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


@access.get("/sessies")
def sessions() -> ResponseReturnValue:
    """Where one is logged in."""
    return render_template("sessions.html", sessions=services().sessions.own(me()), current=g.session_key)


@access.post("/sessies/<int:key>/beeindigen")
def end_session(key: int) -> ResponseReturnValue:
    """End one of one's own sessions."""
    services().sessions.end_own(key, me())
    flash(_("De sessie is beëindigd."))
    return redirect(url_for("access.sessions"))


@access.post("/sessies/andere/beeindigen")
def end_other_sessions() -> ResponseReturnValue:
    """End all of one's own sessions but this one."""
    services().sessions.end_others(g.session_key, me())
    flash(_("U bent nu alleen nog hier ingelogd."))
    return redirect(url_for("access.sessions"))


@access.post("/uitloggen")
def logout() -> ResponseReturnValue:
    """Log out; where the session cannot be ended the cookie stays, so that it can be tried again."""
    try:
        services().sessions.end(token())
    except Exception as error:
        log.error("a logout failed: %s", type(error).__name__)
        raise Busy(still_logged_in()) from error
    session.clear()
    return redirect(url_for("access.login", uitgelogd=1))


@access.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Tell whether the database answers and the clock lets due work run; pages are served all the same."""
    services().context.db.ping()
    return {"status": "ok"} | _due_work()


def _due_work() -> dict[str, str]:
    trouble = services().clock_guard.trouble()
    return {"due_work": trouble} if trouble else {}


@access.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Tell whether a proxy may send visitors here: not while this process ends, nor while the database does not answer or is
    no longer fit for this program. A wrong clock of the machine is told, but turns nobody away: what people do goes by the
    database's clock.
    """
    if services().context.is_draining:
        return {"status": "draining"}, 503
    if services().context.is_outdated:
        return {"status": "outdated"}, 503
    services().context.db.ping()
    return {"status": "ok"} | _due_work()


@access.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Show the metrics of this process and of due work to whoever knows the word for it."""
    word = services().context.settings.metrics_token
    if not word:
        abort(404)
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {word}".encode()):
        return Response("", 401, {"WWW-Authenticate": "Bearer"})
    return Response(services().capacity.metrics(), content_type=CONTENT_TYPE)
