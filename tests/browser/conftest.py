"""A live server on a free port of this machine, and a real browser."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from shipped import open_platform, prepare

from browser import chromium
from browser.steps import log_in
from inburgering_flow.app import create_app
from inburgering_flow.platform import Platform
from inburgering_flow.web.server import server_of


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; if none can run, the tests fail, unless SKIP_BROWSER=1 skips them explicitly."""
    if os.environ.get("SKIP_BROWSER") == "1":
        warnings.warn("SKIP_BROWSER=1: NO TEST IN A REAL BROWSER HAS RUN", stacklevel=1)
        pytest.skip("SKIP_BROWSER=1 was set by hand: this machine can run no browser")
    from playwright.sync_api import sync_playwright

    path = chromium.find()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The npm packages of these tests; installed even if the browser itself is the machine's own."""
    return chromium.packages()


@pytest.fixture(scope="session")
def prepared(once: Callable[[str, Callable[[Path], None]], Path]) -> Path:
    """A folder with the shipped processes and the accounts; each test works on a copy of its own."""
    return once("shipped", prepare)


@pytest.fixture
def law(reused: Callable[[str, Callable[[Path], None], Callable[[Path], Platform]], Platform]) -> Platform:
    """A platform with the shipped processes, on its first day; what is compiled of them stays from test to test."""
    return reused("shipped", prepare, open_platform)


@contextmanager
def served(law: Platform) -> Iterator[str]:
    """Serve a platform to this machine only and give its address."""
    server = server_of(create_app(law.services), replace(law.context.settings, port=0))
    server.adj.asyncore_loop_timeout = 0.05  # its loop looks up so often, and a test that is over waits for that
    closing = threading.Event()

    def run() -> None:
        try:
            server.run()
        except (OSError, ValueError):  # its loop may look at its sockets once more while they are being closed
            if not closing.is_set():
                raise

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    closing.set()
    server.task_dispatcher.shutdown()
    server.close()
    thread.join(timeout=10)


@pytest.fixture
def address(law: Platform) -> Iterator[str]:
    with served(law) as found:
        yield found


@pytest.fixture
def page_of(browser: object, address: str) -> Iterator[Callable[..., object]]:
    """Give the page of somebody who is logged in; errors in the browser fail the test."""
    contexts, errors = {}, []

    def open_page(username: str, width: int = 1280, window: int = 1) -> object:
        """``window`` 2 is another browser in which the same person is logged in."""
        if (username, width, window) in contexts:
            return contexts[username, width, window]
        context = browser.new_context(viewport={"width": width, "height": 900}, locale="nl-NL")  # type: ignore[attr-defined]
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda m: errors.append(m.text) if m.type == "error" and "status of 4" not in m.text else None
        )
        log_in(page, address, username)
        contexts[username, width, window] = page
        return page

    yield open_page
    for page in contexts.values():
        page.context.close()
    assert errors == []
