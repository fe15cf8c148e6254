"""Composition root of the web application: settings → platform → Flask; wiring from top to bottom."""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from jinja2 import FileSystemLoader
from prometheus_client import start_http_server
from werkzeug.middleware.proxy_fix import ProxyFix

from inburgering_flow.clock import Clock
from inburgering_flow.errors import InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.platform import Platform
from inburgering_flow.services import Services
from inburgering_flow.settings import Settings
from inburgering_flow.web import (
    absence,
    admin,
    agenda,
    alerts,
    bulk,
    cases,
    cockpit,
    designer,
    entry,
    insight,
    keeping,
    lists,
    money,
    notices,
    own_figures,
    pages,
    proving,
    regular_reports,
    table_files,
    tasklist,
)
from inburgering_flow.web import help as help_pages
from inburgering_flow.web.access import access
from inburgering_flow.web.addresses import register_addresses
from inburgering_flow.web.compressing import register_compression
from inburgering_flow.web.cookies import register_cookies
from inburgering_flow.web.demonstration import demonstration
from inburgering_flow.web.display import register_filters
from inburgering_flow.web.failures import register_failures
from inburgering_flow.web.language import register_language
from inburgering_flow.web.menus import register_menu
from inburgering_flow.web.protection import name_of_cookie, protect
from inburgering_flow.web.server import server_of
from inburgering_flow.web.static_files import register_static_files
from inburgering_flow.web.templates_of import Templates


class _Application(Flask):
    """Flask, without asking of each function of each request whether it is a coroutine: none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function."""
        return func

    def dispatch_request(self) -> ResponseReturnValue:
        """Return what a view answers, or a table of it as a file where the address asks for that."""
        answer = super().dispatch_request()
        return table_files.in_place_of(self.make_response(answer)) if table_files.is_file_asked() else answer


def create_app(services: Services) -> Flask:
    """Return the web application over an open database."""
    app = _Application("inburgering_flow.web", static_folder="static")
    app.jinja_environment = Templates
    # The layout is found by its name alone; what a slice or macros/ contains by its path: cases/case.html.
    app.jinja_loader = FileSystemLoader([f"{app.root_path}/templates", app.root_path])
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    settings = services.context.settings
    app.config.update(
        SECRET_KEY=hashlib.sha256(b"session:" + services.context.secret.encode()).hexdigest(),
        SESSION_COOKIE_NAME=name_of_cookie("inburgering_flow", secure=settings.cookie_secure),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.cookie_secure,
        PERMANENT_SESSION_LIFETIME=settings.session_hours * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,  # the server knows when it was used
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["services"] = services
    if settings.trusts_proxies:
        proxies = {"x_for": settings.proxy_for, "x_proto": settings.proxy_proto, "x_host": settings.proxy_host}
        app.wsgi_app = ProxyFix(app.wsgi_app, **proxies)  # type: ignore[method-assign]
    register_language(app)  # first, so that every refusal uses it
    register_compression(app)  # told before the others, done after them
    protect(app, settings)
    register_cookies(app)
    register_addresses(app)
    register_static_files(app)
    register_filters(app)
    alerts.views.register_bell(app)
    register_menu(app)
    register_failures(app)
    table_files.register_table_files(app)
    for blueprint in (
        access, alerts.views.alerts, agenda.views.agenda, absence.views.absence,
        tasklist.views.tasklist, lists.views.lists, cases.views.cases, cases.tabs.tabs, cases.starting.starting,
        cases.papers.papers,
        notices.views.notices, cockpit.views.cockpit, cockpit.interventions.interventions,
        insight.views.insight, own_figures.views.own_figures, regular_reports.views.regular_reports,
        money.views.money, keeping.views.keeping,
        designer.views.designer, designer.projects.projects, designer.versions.versions, designer.descriptions.descriptions,
        designer.proposals.proposals, designer.rehearsals.rehearsals, designer.trials.trials, designer.trying.trying,
        designer.forecasting.forecasting,
        admin.views.admin, bulk.views.bulk, proving.views.proving,
        entry.views.entry, help_pages.views.help, help_pages.handbook.handbook, help_pages.tables.tables, pages.views.pages,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
    if settings.demo:
        app.register_blueprint(demonstration)
    services.regular_reports.maker = regular_reports.making.maker(app)
    app.teardown_request(lambda _error: request.close())  # a large file that was sent lies in one of the system's, read or not
    return app


def _look_at_port(settings: Settings) -> None:
    """Raise InvalidInput where nothing can listen on the address, before anything has begun."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise InvalidInput(
            _("{host}:{port} cannot be listened on: {reason}.").format(
                host=settings.host, port=settings.port, reason=error.strerror or error
            ),
            remedy=_("Stop what uses it, or set INBURGERING_FLOW_PORT to another port."),
        ) from None


def work(
    settings: Settings, *, types: Sequence[str] | None = None, concurrency: int | None = None, metrics_port: int | None = None
) -> None:
    """Open the platform and run due work until interrupted or told to stop; what has begun ends first."""
    stopped = threading.Event()
    for told in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told, lambda *_: stopped.set())
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with Platform.open(settings_=settings) as platform:
        create_app(platform.services)  # regular reports are files of its pages
        platform.start_executor(types=types, concurrency=concurrency)
        platform.keep_node("worker")
        if metrics_port is not None:
            _give_metrics(platform, settings.host, metrics_port)
        logging.getLogger(__name__).info("node %s works", platform.node.number if platform.node else "-")
        stopped.wait()
        platform.drain()


def _give_metrics(platform: Platform, host: str, port: int) -> None:
    """Answer Prometheus on a port of its own, in a thread; raises InvalidInput where nothing can listen there."""
    try:
        start_http_server(port, addr=host, registry=platform.services.capacity.registry)
    except OSError as error:
        raise InvalidInput(
            _("{host}:{port} cannot be listened on: {reason}.").format(host=host, port=port, reason=error.strerror or error),
            remedy=_("Stop what uses it, or give another port."),
        ) from None


def serve(settings: Settings, clock: Clock | None = None) -> None:
    """Open the platform, start its executor and serve until interrupted or told to stop: then /readyz says no, due work that
    has begun ends, and so do the requests at hand. Told a second time it ends at once.
    """
    told = threading.Event()

    def end(*_: object) -> None:  # how systemd and containers stop a program
        if told.is_set() or opened is None:
            sys.exit(0)
        told.set()
        threading.Thread(target=_end, args=(opened, settings), name="ending", daemon=True).start()

    opened: Platform | None = None
    signal.signal(signal.SIGTERM, end)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with Platform.open(settings_=settings, clock=clock) as platform:
        app = create_app(platform.services)
        _look_at_port(settings)
        if settings.executor == "embedded" or settings.serve_executor:
            platform.start_executor()
        platform.keep_node("serve")
        logging.getLogger(__name__).info("http://%s:%s", settings.host, settings.port)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # else a line for each request that waits for a thread
        opened = platform
        gc.collect()
        gc.freeze()  # what is loaded by now stays; to look through it for garbage would hold everybody up now and then
        server_of(app, settings).run()


def _end(platform: Platform, settings: Settings) -> None:
    """Take nothing more, finish due work, let a proxy notice, and then end the server, which ends its requests."""
    began = time.monotonic()
    platform.drain()
    time.sleep(max(0.0, settings.drain_notice - (time.monotonic() - began)))
    os.kill(os.getpid(), signal.SIGTERM)  # the second time: not SIGINT, which a program in the background may be told to ignore
