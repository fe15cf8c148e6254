"""No page shows words that only programs use: lengths as ISO 8601 has them, ids, codes of partners, permissions, keys.

What stands in ``code`` or ``pre``, and the pages on which designers write such words themselves, may.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
from browser import tour
from variants import ALL

from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.inburgering.notices import NOTICES
from inburgering_flow.inburgering.partners import PARTNERS
from inburgering_flow.model import permissions
from inburgering_flow.platform import Platform
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
MESSAGES = {notice.name.partition(".")[0] for notice in NOTICES} | {name.partition(".")[0] for name in PARTNERS}
POWERS = [value for value in vars(permissions).values() if isinstance(value, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", value)]
CODES = {
    "a length of ISO 8601": r"(?<![\w-])P(?:\d+[DWMY]|T\d+[HMS])+(?!\w)",
    "the number of a decision": r"(?<![\w-])D\d\d(?![\w-])",
    "the number of a norm": r"(?<!\w)N-[A-Z]{3}-\d\d(?!\w)",
    "a name with underscores": r"(?<![\w/.])[a-z]+(?:_[a-z0-9]+)+(?!\w)",
    "a message of a partner": rf"(?<!\w)(?:{'|'.join(sorted(MESSAGES))})\.[A-Za-z]\w*",
    "a permission": rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(POWERS)))})(?![\w.])",
    "the name of a variable": r"(?<![\w/.])[a-z]+(?:[A-Z][a-z0-9]+)+(?!\w)",
    "a key": r"(?<![\w.,])\d{15,}(?!\w)",
}
FOR_DESIGNERS = ("/ontwerpen", "/uitproberen", "/hulp/regels")
"""Pages on which people write models, and read what a rule says of one."""


class Shown(HTMLParser):
    """Collects what a reader sees or hears, but for what is marked as code."""

    SILENT = frozenset(("script", "style", "code", "pre", "textarea", "template"))
    SPOKEN = ("title", "aria-label", "placeholder", "alt", "data-title")

    def __init__(self) -> None:
        super().__init__()
        self.silent: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self.SILENT:
            self.silent.append(tag)
        if not self.silent:
            self.said += [value for name, value in attrs if name in self.SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def codes(html: str) -> list[str]:
    page = Shown()
    page.feed(html)
    return [f"{what}: {found}" for text in page.said for what, code in CODES.items() for found in re.findall(code, text)]


@pytest.mark.parametrize(
    ("shown", "count"),
    [
        ("binnen P14D", 1), ("volgens D13", 1), ("N-PIP-01", 1), ("wacht_op_herstel", 1), ("duo.SS131", 1), ("board.read", 1), ("brpDatum", 1),
        ("123456789012345678", 1), ("<code>P14D en brpDatum</code>", 0), ('<p title="P2W">x</p>', 1), ("dossier D-12 van 14 dagen", 0),
        ("bezwaar.pdf", 0), ("€ 12.345,67", 0), ("<script>board.read</script>", 0),
    ],
)  # fmt: skip
def test_codes_are_told_from_words(shown: str, count: int) -> None:
    assert len(codes(f"<main>{shown}</main>")) == count


def few(law: Platform, username: str) -> Iterator[tuple[str, str]]:
    """Yield the pages of an account on a platform with two cases."""
    for key in {task.root_key for task in law.tasks(state="CREATED")}:
        for tab in ("", "/taken", "/tijdlijn", "/documenten", "/gegevens", "/bekeken", "/melden", "/persoon", "/opnieuw"):
            yield f"case{tab}", f"/zaken/{key}{tab}"
    for task in law.tasks(state="CREATED"):
        yield f"task-{task.element_id}", f"/taken/{task.key}"
    for path in (
        "/", "/taken", "/taken?lijst=alle", "/zaken", "/zaken/nieuw", "/meldingen", "/voorkeuren", "/agenda", "/afwezigheid", "/regie",
        "/regie/zaken", "/regie/kwijt", "/regie/waarborgen", "/regie/berichten", "/storingen", "/inzicht", "/beheer", "/bulkbewerkingen",
        "/accounts", "/logboek", "/middelen", "/pagina/spuk", "/pagina/cijfers", "/pagina/te-controleren", "/pagina/verantwoording",
        "/bewaren", "/uitleg?datum=2026-10-10", "/uitleg/begrippen", "/uitleg/handleiding", "/uitleg/regels", "/processen",
    ):  # fmt: skip
        yield path, path
    if username == "karin":
        for topic in law.services.rules_in_force.topics():
            yield topic.id, f"/uitleg/regels/{topic.id}"


def test_no_page_shows_a_code(law: Platform, as_user: Login) -> None:
    """Each page once, in the language of the account's turn; in every variant as each role in both languages, with all cases
    of the demonstration.
    """
    if ALL:
        tour.town(law)
    else:
        start_case(law)
        start_case(law, "D-2", owner=None, in_coa=True)
    seen: set[str] = set()
    found: dict[str, set[str]] = {}
    for turn, username in enumerate(sorted(ACCOUNTS)):
        browser = as_user(username)
        for language in ("nl", "en") if ALL else (("nl", "en")[turn % 2],):
            browser.client.set_cookie("taal", language)
            for name, path in [*(tour.pages(law, username) if ALL else ()), *few(law, username)]:
                if path.startswith(FOR_DESIGNERS) or (not ALL and name in seen):
                    continue
                answer = browser.get(path)
                if answer.status_code == 200 and answer.mimetype == "text/html":
                    seen.add(name)
                    for code in codes(answer.text):
                        found.setdefault(code, set()).add(path)

    assert {code: sorted(paths)[:3] for code, paths in found.items()} == {}
