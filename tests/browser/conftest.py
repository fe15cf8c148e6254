"""A live server on a free port of this machine, and a real browser."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from waitress.server import create_server

from browser import chromium
from inburgering_flow.app import create_app
from inburgering_flow.clock import ManualClock
from inburgering_flow.demo import ACCOUNTS, LOCATION, PASSWORD
from inburgering_flow.inburgering.resources import resource_folder
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.web.protection import limiter

PICTURES = Path(__file__).parents[2] / "var" / "screenshots"


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; where none can run the tests fail, unless SKIP_BROWSER=1 says so aloud."""
    if os.environ.get("SKIP_BROWSER") == "1":
        warnings.warn("SKIP_BROWSER=1: NO TEST IN A REAL BROWSER HAS RUN", stacklevel=1)
        pytest.skip("SKIP_BROWSER=1 was set by hand: this machine can run no browser")
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def law(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform.open(
        f"sqlite:///{tmp_path}/flow.db", clock=ManualClock("2026-03-02T09:00:00+01:00"),
        settings_=Settings(secret="test", demo=True),
    )  # fmt: skip
    platform.deploy(resource_folder("processes"), resource_folder("forms"))
    for username, (name, role) in ACCOUNTS.items():
        platform.accounts.save(
            username, display_name=name, password=PASSWORD, roles=(role,),
            location=LOCATION if role == "coa-medewerker" else None,
        )  # fmt: skip
    yield platform
    platform.close()


@pytest.fixture
def address(law: Platform) -> Iterator[str]:
    limiter.enabled = False
    server = create_server(create_app(law), host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=10)
    limiter.enabled = True


@pytest.fixture
def page_of(browser: object, address: str) -> Iterator[Callable[..., object]]:
    """Give the page of somebody who is logged in; errors in the browser fail the test."""
    contexts, errors = {}, []

    def open_page(username: str, width: int = 1280) -> object:
        if (username, width) in contexts:
            return contexts[username, width]
        context = browser.new_context(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda m: errors.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
        )
        page.goto(f"{address}/inloggen")
        page.fill("#username", username)
        page.fill("#password", PASSWORD)
        page.click("form.card button.primary")
        page.wait_for_url(f"{address}/")
        contexts[username, width] = page
        return page

    yield open_page
    for page in contexts.values():
        page.context.close()
    assert errors == []


def picture(page: object, name: str) -> None:
    """Keep a picture of the page as output of the run."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(PICTURES / f"{name}.png"), full_page=True)  # type: ignore[attr-defined]
