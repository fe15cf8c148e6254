"""Lighthouse over the pages of the demonstration: speed, accessibility and good practice, on a desktop and on a phone.

    python bench/lighthouse.py                    some ten minutes; prints a table
    python bench/lighthouse.py --pages case board --presets desktop

Lighthouse itself is an npm package with a lock file of its own in ``bench/lighthouse``, installed by the first run; nothing
else needs it. The browser is that of the tests. Figures of speed are of this machine and what else it does: run it alone.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browser import chromium
from browser.steps import log_in, settle
from measuring import head

from inburgering_flow import settings

HERE = Path(__file__).parent / "lighthouse"
PRESETS = ("desktop", "mobile")
PARTS = ("performance", "accessibility", "best-practices")
AIMS = {("performance", "desktop"): 95, ("performance", "mobile"): 0, ("accessibility", ""): 100, ("best-practices", ""): 100}
CASE, TASK = "/zaken#", "/taken?lijst=rollen#"
"""Where the first case and the first task of somebody's own lists are looked up."""
# Name → (account, address; what stands behind # is added to the first that the list shows).
PAGES: dict[str, tuple[str, str]] = {
    "login": ("", "/inloggen"), "work": ("karin", "/"), "tasks": ("karin", "/taken"), "task": ("karin", TASK),
    "case": ("karin", CASE), "case-tasks": ("karin", f"{CASE}/taken"), "case-timeline": ("karin", f"{CASE}/tijdlijn"),
    "case-documents": ("karin", f"{CASE}/documenten"), "case-facts": ("karin", f"{CASE}/gegevens"),
    "case-diagram": ("karin", f"{CASE}/diagram"), "cases": ("karin", "/zaken"), "board": ("rita", "/regie"),
    "figures": ("tom", "/inzicht"), "figures-diagram": ("tom", "/inzicht/diagram"), "own-figures": ("tom", "/mijn-cijfers"),
    "projects": ("piet", "/ontwerpen"), "editor": ("piet", "/ontwerpen#"), "help": ("karin", "/uitleg"),
}  # fmt: skip


@contextmanager
def demonstration() -> Iterator[str]:
    """Load the demonstration into a folder of its own, serve it on a free port of this machine and give its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        given = {"PORT": str(port), "HOST": "127.0.0.1", "DATABASE_URL": f"sqlite:///{folder}/demo.db"}
        command = [str(Path(sys.executable).parent / "inburgering-flow"), "demo"]
        environment = {**os.environ, **{settings.PREFIX + name: value for name, value in given.items()}}
        running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        try:
            _wait(address, running)
            yield address
        finally:
            running.terminate()
            running.wait(timeout=60)


def _wait(address: str, running: subprocess.Popen[bytes]) -> None:
    """Wait until the pages answer; raises RuntimeError where the demonstration ends or takes more than five minutes."""
    until = time.monotonic() + 300
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/inloggen", timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("The demonstration did not start: run `inburgering-flow demo` to see why.")


def packages() -> None:
    """Install Lighthouse by its lock file, again when that has changed."""
    lock, stamp = HERE / "package-lock.json", HERE / "node_modules" / ".installed-from"
    if stamp.is_file() and stamp.read_bytes() == lock.read_bytes():
        return
    _node, npm, environment = chromium.node()
    subprocess.run([*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=HERE, env=environment, check=True)
    stamp.write_bytes(lock.read_bytes())


def jobs(address: str, path: str, chosen: list[str], presets: list[str]) -> list[dict[str, Any]]:
    """Return what to look at, each with the cookie of its account."""
    from playwright.sync_api import sync_playwright

    found: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.ARGUMENTS))
        for username in dict.fromkeys(PAGES[name][0] for name in chosen):
            context = browser.new_context(locale="nl-NL")
            page = context.new_page()
            if username:
                log_in(page, address, username)
            wanted = {name: _address(page, address, PAGES[name][1]) for name in chosen if PAGES[name][0] == username}
            cookies = [{key: one[key] for key in ("name", "value", "domain", "path")} for one in context.cookies()]
            found += [{"name": name, "url": url, "cookies": cookies, "preset": preset}
                      for name, url in wanted.items() for preset in presets]  # fmt: skip
            context.close()
        browser.close()
    return found


def _address(page: Any, address: str, path: str) -> str:
    """Return the address of a page; of a list with # that of its first row, and of a task once it has been taken."""
    if "#" not in path:
        return address + path
    listed, _hash, rest = path.partition("#")
    page.goto(address + listed)
    first = page.locator("tr[data-row] a").or_(page.locator("main td a")).first.get_attribute("href")
    page.goto(address + first)
    if listed.startswith("/taken"):
        page.locator("[data-claim-task]").click()
        settle(page)
    if listed == "/ontwerpen":
        first = page.locator("main a[href*='/bestand/'][href$='.bpmn']").first.get_attribute("href")
    return f"{address}{first}{rest}"


def looked(path: str, given: list[dict[str, Any]], say: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    """Run Lighthouse on each, one after another, and return what it found."""
    node, _npm, environment = chromium.node()
    command = [*node, "run.mjs", path, *chromium.ARGUMENTS]
    found = []
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=HERE, env=environment, stdin=pipe, stdout=pipe, text=True) as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write("".join(json.dumps(one) + "\n" for one in given))
        running.stdin.close()
        for line in running.stdout:
            one = json.loads(line)
            if one["final"] != one["url"]:  # the page to log in has fine figures too
                raise RuntimeError(f"{one['url']} led to {one['final']} ({one.get('error', 'no error')}).")
            found.append(one)
            say(one)
    if len(found) < len(given):
        raise RuntimeError(f"Lighthouse ended after {len(found)} of {len(given)} pages; what it said stands above.")
    return found


def row(one: dict[str, Any]) -> str:
    """Return a line of the table: the three scores, then the largest paint, what was blocked and how much moved."""
    scores = " | ".join("–" if one["scores"][part] is None else f"{one['scores'][part] * 100:.0f}" for part in PARTS)
    measured = f"{(one['paint'] or 0) / 1000:.1f} | {one['blocked'] or 0:.0f} | {one['shift'] or 0:.3f}"
    return f"| {one['name']} | {one['preset']} | {scores} | {measured} |"


def short(one: dict[str, Any]) -> list[str]:
    """Return in which parts a page is below what is aimed at."""
    return [
        part for part in PARTS
        if round((one["scores"][part] or 0) * 100) < AIMS.get((part, one["preset"]), AIMS.get((part, ""), 0))
    ]  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--pages", nargs="+", choices=list(PAGES), default=list(PAGES))
    arguments.add_argument("--presets", nargs="+", choices=PRESETS, default=list(PRESETS))
    arguments.add_argument("--json", type=Path, help="keep what was found, with the hints of Lighthouse, in this file")
    given = arguments.parse_args()
    packages()
    path = chromium.find()
    package = json.loads((HERE / "node_modules" / "lighthouse" / "package.json").read_text(encoding="utf-8"))
    head(f"Lighthouse {package['version']} on {len(given.pages)} pages of the demonstration")
    print("| page | preset | performance | accessibility | best practices | largest paint (s) | blocked (ms) | moved |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    with demonstration() as address:
        found = looked(path, jobs(address, path, given.pages, given.presets), lambda one: print(row(one), flush=True))
    for one in found:
        for missed in one["missed"]:
            where = "; ".join(filter(None, missed["where"]))
            said = missed.get("displayValue") or missed["title"]
            print(f"       {one['name']}, {one['preset']}: {missed['id']}: {said} {where}"[:400])
    if given.json:
        given.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    below = {f"{one['name']} ({one['preset']})": short(one) for one in found if short(one)}
    print(f"{'MISSED' if below else 'met   '} the aims: {below or 'on every page'}")


if __name__ == "__main__":
    main()
