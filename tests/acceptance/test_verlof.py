"""Another domain on the same platform, by one setting: leave is requested, approved by somebody else, and withdrawn, in
the pages.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from architecture.test_words import words_in
from web.conftest import Browser

from inburgering_flow import settings
from inburgering_flow.app import create_app
from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform

EXAMPLE = Path(__file__).parents[2] / "examples" / "verlof"
START = "2026-11-02T09:00:00+01:00"
ASKED = {"omschrijving": "Weekje weg", "van": "2026-12-14", "tot": "2026-12-18"}
Login = Callable[[str], Browser]


def opened(folder: Path) -> Platform:
    """The platform as its setting makes it: only PLUGINS differs."""
    chosen = settings.read(secret="test" * 10, demo=True, password_memory=64, synchronous="OFF")
    return Platform.open(f"sqlite:///{folder}/verlof.db", clock=ManualClock(START), settings_=chosen)


def fill(folder: Path) -> None:
    with opened(folder) as platform:
        platform.deploy(*(path for plugin in platform.context.domain.plugins for path in plugin.resources))
        sys.modules["verlof"].demo(platform)


@pytest.fixture
def office(
    once: Callable[[str, Callable[[Path], None]], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Platform]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    monkeypatch.setenv("INBURGERING_FLOW_PLUGINS", "verlof")
    shutil.copytree(once("verlof", fill), tmp_path, dirs_exist_ok=True)
    with opened(tmp_path) as platform:
        yield platform


@pytest.fixture
def as_user(office: Platform) -> Login:
    app = create_app(office.services)

    def login(username: str) -> Browser:
        browser = Browser(app.test_client())
        browser.get("/inloggen")
        answer = browser.post("/inloggen", {"username": username, "password": "demo"})
        assert answer.status_code == 302, answer.text
        return browser

    return login


def ask(browser: Browser, **other: str) -> str:
    """Ask for leave; return the address of the case."""
    browser.get("/zaken/nieuw")
    answer = browser.post("/zaken/nieuw", {**ASKED, **other})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def the_task(office: Platform, element: str, number: str = "Weekje weg") -> str:
    [case] = [i for i in office.instances("verlof") if i.business_key == number]
    [task] = office.tasks(state="CREATED", instance=case.key, element_id=element)
    return f"/taken/{task.key}"


def approve(browser: Browser, address: str) -> None:
    browser.get(address)
    assert browser.post(f"{address}/oppakken").status_code == 302
    answer = browser.post(f"{address}/afronden", {"veld_besluit": "goedgekeurd", "veld_toelichting": ""})
    assert answer.status_code == 302, answer.text


def test_leave_is_asked_approved_by_another_and_taken_back(office: Platform, as_user: Login) -> None:
    anna, lea = as_user("anna"), as_user("lea")
    case = ask(anna)
    approve(lea, the_task(office, "taak_beoordelen"))
    calendar = lea.get("/pagina/kalender").text
    revoke = the_task(office, "taak_intrekken")
    anna.get(revoke)

    answer = anna.post(f"{revoke}/afronden", {"veld_intrekReden": "Ik werk toch door."})

    assert answer.status_code == 302, answer.text
    assert "anna" in calendar
    assert "14 december 2026" in calendar
    [found] = [i for i in office.instances("verlof") if i.business_key == "Weekje weg"]
    assert found.state == "COMPLETED"
    assert office.instance(found.key).elements[-1].element_id == "ingetrokken"
    assert "anna" not in lea.get("/pagina/kalender").text
    assert "Verlof intrekken" in anna.get(case).text


def test_nobody_approves_their_own_leave(office: Platform, as_user: Login) -> None:
    office.services.accounts.save("lea", display_name="Lea", password="demo", roles=("medewerker", "leidinggevende"))
    lea = as_user("lea")
    ask(lea, omschrijving="Van de leidinggevende")
    address = the_task(office, "taak_beoordelen", "Van de leidinggevende")

    lea.post(f"{address}/oppakken")
    page = lea.get(address).text

    assert "Een collega moet" in page
    assert office.tasks(state="CREATED", element_id="taak_beoordelen", assignee="lea") == []


def test_leave_that_is_over_can_no_longer_be_taken_back(office: Platform, as_user: Login) -> None:
    ask(as_user("anna"))
    approve(as_user("lea"), the_task(office, "taak_beoordelen"))
    office.clock.set("2026-12-18T23:59:00+01:00")
    office.run_due()
    assert the_task(office, "taak_intrekken")

    office.clock.set("2026-12-19T00:00:00+01:00")
    office.run_due()

    [found] = [i for i in office.instances("verlof") if i.business_key == "Weekje weg"]
    assert office.instance(found.key).elements[-1].element_id == "opgenomen"


def test_what_is_missing_or_no_date_is_said_at_once_and_nothing_is_started(office: Platform, as_user: Login) -> None:
    anna = as_user("anna")
    anna.get("/zaken/nieuw")

    answer = anna.post("/zaken/nieuw", {"omschrijving": "", "van": "morgen", "tot": ""})

    assert answer.status_code == 422
    for said in ("Vul in waarvoor het verlof is.", "Vul de laatste dag in.", "“Eerste dag” is geen datum."):
        assert said in answer.text
    assert "morgen" in answer.text
    assert len(office.instances("verlof")) == 1


def test_an_employee_sees_no_leave_of_a_colleague(office: Platform, as_user: Login) -> None:
    [case] = office.instances("verlof")

    assert as_user("anna").get(f"/zaken/{case.key}").status_code == 404
    assert as_user("omar").get(f"/zaken/{case.key}").status_code == 200


@pytest.mark.parametrize("username", ["anna", "lea", "piet"])
def test_no_page_has_a_word_of_the_other_law(office: Platform, as_user: Login, username: str) -> None:
    browser = as_user(username)
    if username == "anna":
        ask(browser)
    found: dict[str, set[str]] = {}
    waiting, seen = ["/"], set()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        answer = browser.get(path)
        if answer.mimetype != "text/html":
            continue
        if answer.status_code == 302:
            waiting += [there for there in (answer.headers["Location"],) if there not in seen]
            continue
        assert answer.status_code == 200, (path, answer.text[:300])
        shown = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.text, flags=re.DOTALL)
        if words := words_in(shown):
            found[path] = words
        links = re.findall(r'href="(/[^"#?]*)', answer.text)
        waiting += [x for x in dict.fromkeys(links) if x not in seen and x not in waiting and "/static/" not in x and "/hulp/" not in x]

    assert found == {}
    assert len(seen) >= 5


def test_the_other_domain_speaks_english_too(office: Platform, as_user: Login) -> None:
    anna = as_user("anna")
    anna.get("/")
    anna.post("/taal", {"taal": "en", "terug": "/"})

    page = anna.get("/zaken/nieuw").text

    assert "Ask for leave" in page
    assert "First day" in page


def test_lists_of_a_domain_without_persons_have_no_column_for_them(office: Platform, as_user: Login) -> None:
    anna = as_user("anna")
    anna.get("/zaken/nieuw")
    anna.post("/zaken/nieuw", ASKED)

    for address in ("/", "/taken", "/taken?lijst=alle", "/zaken"):
        page = anna.get(address)
        assert page.status_code == 200
        assert ">Persoon<" not in page.text
