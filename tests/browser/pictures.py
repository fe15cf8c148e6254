"""The pictures of the manual, taken of the pages themselves with the demonstration's cases.

``python tools/pictures.py`` takes them again after pages have changed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from browser.steps import log_in, settle
from inburgering_flow.platform import Platform

SIZE = {"width": 1000, "height": 700}
# Name of the picture → (account, address); ``{case}`` and ``{task}`` are the first that the account's own lists show.
WANTED: dict[str, tuple[str, str]] = {
    "werk": ("karin", "/"), "taken": ("karin", "/taken?lijst=rollen"), "taak": ("karin", "{task}"),
    "zaak": ("karin", "{case}"), "zaak-nieuw": ("karin", "/zaken/nieuw"), "werk-coa": ("carla", "/"),
    "regels": ("karin", "/uitleg/regels"), "termijn": ("julia", "/uitleg?datum=2026-10-10&aantal=10&eenheid=weken"),
    "te-controleren": ("julia", "/pagina/te-controleren"), "regie": ("rita", "/regie"),
    "afwezigheid": ("tom", "/regie/afwezigheid"), "inzicht": ("tom", "/inzicht"), "waarborgen": ("rita", "/regie/waarborgen"),
    "middelen": ("fatima", "/middelen"), "spuk": ("fatima", "/pagina/spuk"), "beheer": ("bram", "/beheer"),
    "storingen": ("bram", "/storingen"), "ontwerpen": ("piet", "/ontwerpen"), "uitproberen": ("piet", "/uitproberen"),
    "logboek": ("aysel", "/logboek"), "processen": ("aysel", "/processen"),
}  # fmt: skip
AS_WEBP = """async (text) => {
    const image = new Image();
    image.src = 'data:image/png;base64,' + text;
    await image.decode();
    const canvas = Object.assign(document.createElement('canvas'), {width: image.width, height: image.height});
    canvas.getContext('2d').drawImage(image, 0, 0);
    return canvas.toDataURL('image/webp', .7).split(',')[1];
}"""
"""The browser itself makes a WebP of a PNG."""


def named(folder: Path) -> set[str]:
    """Return the names of the pictures that the manual of a plug-in's folder asks for."""
    manuals = json.loads((folder / "handleiding.json").read_text(encoding="utf-8"))
    return {step["beeld"] for steps in manuals.values() for step in steps if step.get("beeld")}


def take(law: Platform, browser: Any, address: str, wanted: dict[str, tuple[str, str]]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each picture."""
    painter = browser.new_page()
    for username in dict.fromkeys(account for account, _path in wanted.values()):
        own = browser.new_context(locale="nl-NL", viewport=SIZE, reduced_motion="reduce")
        page = own.new_page()
        log_in(page, address, username)
        for name, (account, path) in wanted.items():
            if account == username:
                page.goto(address + _opened(law, page, address, username, path))
                settle(page)
                shot = base64.b64encode(page.screenshot()).decode()
                yield name, base64.b64decode(painter.evaluate(AS_WEBP, shot))
        own.close()
    painter.close()


def _opened(law: Platform, page: Any, address: str, username: str, path: str) -> str:
    if path not in ("{case}", "{task}"):
        return path
    page.goto(address + ("/zaken" if path == "{case}" else "/taken?lijst=rollen"))
    found = page.locator("tr[data-row] a").first.get_attribute("href")
    if path == "{task}":
        law.claim(int(found.rsplit("/", 1)[1]), user=username)
    return str(found)
