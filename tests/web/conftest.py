"""A web application over the shipped processes, and people logged in to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from shipped import make_accounts, open_platform, prepare
from variants import ALL

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.demo import LOCATION, PASSWORD
from inburgering_flow.model.permissions import SYSTEM
from inburgering_flow.platform import Platform
from inburgering_flow.web.designer.forecasting import Forecasting
from inburgering_flow.web.regular_reports.making import maker
from inburgering_flow.workbench.trial import Played


@pytest.fixture(scope="session")
def prepared(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A folder with the shipped processes and the accounts; each test works on a copy of its own."""
    return once("shipped", prepare)


def on_both(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module on PostgreSQL too, where every variant runs; it has accounts and no processes there. What
    something costs is counted in SQLite's statements.
    """
    if "law" in metafunc.fixturenames:
        too = ALL and "cost" not in metafunc.function.__name__
        metafunc.parametrize("law", ["sqlite", *(["postgresql"] if too else [])], indirect=True)


@pytest.fixture
def law(
    request: pytest.FixtureRequest, reused: Callable[[str, Callable[[Path], None], Callable[[Path], Platform]], Platform],
    prepared: Path, tmp_path: Path,
) -> Iterator[Platform]:  # fmt: skip
    """A platform that holds what ``prepared`` holds, on its first day; what is compiled of it stays from test to test."""
    if getattr(request, "param", "sqlite") == "postgresql":
        with open_platform(tmp_path, request.getfixturevalue("make_database")("postgresql")) as platform:
            make_accounts(platform)
            yield platform
        return
    yield reused(prepared.name.removeprefix("once-"), prepare, open_platform)  # filled already


def token(html: str) -> str:
    return re.search(r'name="csrf-token" content="([^"]+)"', html)[1]  # type: ignore[index]


def said(html: str) -> str:
    """Return a page as it is read: however it is laid out, one space stands for any white space."""
    return " ".join(html.split())


class Browser:
    """A test client that sends the CSRF token as a page would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.csrf = ""

    def get(self, path: str):
        answer = self.client.get(path)
        if answer.mimetype == "text/html" and "csrf-token" in answer.text:
            self.csrf = token(answer.text)
        return answer

    def post(self, path: str, data: dict | None = None):
        return self.client.post(path, data={**(data or {}), "csrf_token": self.csrf})


def draft(law: Platform) -> str:
    """Return where an editor asks what is wrong with the file of a new project."""
    key = law.services.projects.create("Concept", SYSTEM)
    return f"/ontwerpen/{key}/bevindingen/{law.services.project_files.add(key, 'bpmn', 'Concept', SYSTEM)}"


def held(content: str | bytes) -> dict[str, object]:
    """Return what an editor sends of a file that it holds."""
    return {"inhoud": (BytesIO(content.encode() if isinstance(content, str) else content), "concept.bpmn")}


@pytest.fixture(scope="session")
def application() -> Callable[[Platform], Flask]:
    """Give the application over a platform. One is made per worker, with its routes and templates, and serves one test after the
    other: what it remembers of a test before is forgotten.
    """
    last: list[tuple[object, Flask, dict[str, object]]] = []

    def over(platform: Platform) -> Flask:
        made_for = platform.context.settings, platform.context.secret
        if not last or last[0][0] != made_for:
            app = create_app(platform.services)
            last[:] = [(made_for, app, dict(app.extensions))]
        _made_for, app, extensions = last[0]
        app.extensions["trial runs"].close()
        app.extensions = {
            **extensions, "services": platform.services, "trial runs": Played(platform.services),
            "forecasting": Forecasting(platform.services),
        }  # fmt: skip
        platform.services.regular_reports.maker = maker(app)
        return app

    return over


@pytest.fixture
def as_user(law: Platform, application: Callable[[Platform], Flask]) -> Callable[[str], Browser]:
    app = application(law)

    def login(username: str) -> Browser:
        browser = Browser(app.test_client())
        browser.get("/inloggen")
        answer = browser.post("/inloggen", {"username": username, "password": PASSWORD})
        assert answer.status_code == 302, answer.text
        browser.get("/")
        return browser

    return login


def start_case(law: Platform, number: str = "D-1", *, owner: str | None = "karin", in_coa: bool = False) -> int:
    person = law.register_person({"voornamen": "Voorbeeld", "achternaam": f"Persoon{number}"})
    key = law.start(
        "inburgering",
        {"dossiernummer": number, "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02", "brpDatum": None,
         "inCoa": in_coa},
        person=person, owner=owner, location=LOCATION if in_coa else None,
    )  # fmt: skip
    law.run_due()
    return key
