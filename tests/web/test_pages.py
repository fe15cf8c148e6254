"""Pages do what their readers expect, for each role, and refuse the rest in a sentence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from inburgering_flow.app import create_app
from inburgering_flow.inburgering.demo import ACCOUNTS
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.platform import Platform
from inburgering_flow.services.steps import TooMuchWork
from inburgering_flow.store import audit
from inburgering_flow.store import tables as t
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
PAGES = {
    "/regie": "board.read", "/beheer": "job.manage", "/bulkbewerkingen": "process.manage", "/inzicht": "figures.read", "/processen": None, "/ontwerpen": "definition.deploy", "/storingen": "incident.manage",
    "/accounts": "account.manage", "/logboek": "audit.read", "/zaken/nieuw": "case.start or money.keep",
    "/zaken/overnemen": "case.start", "/zaken/overnemen/bestand": "case.start", "/zaken/overnemen/bestand/leeg": "case.start",
    "/uitproberen": "definition.simulate", "/uitproberen/beslissing": "definition.simulate",
}  # fmt: skip


def task_of(law: Platform, element: str) -> int:
    return next(t.key for t in law.tasks(state="CREATED") if t.element_id == element)


@pytest.mark.parametrize("username", sorted(ACCOUNTS))
def test_each_role_opens_exactly_the_pages_of_the_role_table(as_user: Login, username: str) -> None:
    role = ROLES[ACCOUNTS[username][1]]
    browser = as_user(username)

    for path in ("/", "/taken", "/zaken", "/uitleg"):
        assert browser.get(path).status_code == 200
    for path, permission in PAGES.items():
        needed = set((permission or "board.read or definition.read").split(" or "))
        allowed = bool(needed & role.may)
        assert browser.get(path).status_code == (200 if allowed else 403), path


def test_nothing_is_shown_before_the_login(law: Platform) -> None:
    client = create_app(law.services).test_client()

    assert client.get("/taken").headers["Location"].startswith("/inloggen?next=/taken")
    assert client.get("/healthz").json == {"status": "ok"}


def test_after_the_login_nobody_is_sent_to_another_site(law: Platform, as_user: Login) -> None:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")

    answer = browser.post("/inloggen", {"username": "karin", "password": "demo", "next": "//elsewhere.example"})

    assert answer.headers["Location"] == "/"


def test_a_wrong_password_says_so_and_a_post_without_token_is_refused(law: Platform, as_user: Login) -> None:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")

    assert browser.post("/inloggen", {"username": "karin", "password": "fout"}).status_code == 401
    browser.csrf = "wrong"
    answer = browser.post("/inloggen", {"username": "karin", "password": "demo"})
    assert answer.status_code == 400
    assert "Deze bladzijde is verouderd" in answer.text


def test_the_login_is_throttled(law: Platform) -> None:
    browser = Browser(create_app(law.services).test_client())
    browser.get("/inloggen")

    statuses = [browser.post("/inloggen", {"username": "x", "password": "y"}).status_code for _ in range(22)]

    assert statuses[-1] == 429


def test_a_task_is_claimed_filled_in_and_completed(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")

    karin.post(f"/taken/{key}/oppakken")
    page = karin.get(f"/taken/{key}").text
    assert "Wanneer en waar is de brede intake?" in page
    wrong = karin.post(f"/taken/{key}/afronden", {"veld_afspraakPlaats": "Stadhuis"})
    assert wrong.status_code == 422
    assert "Vul “Datum van de afspraak” in." in wrong.text
    assert 'value="Stadhuis"' in wrong.text
    done = karin.post(f"/taken/{key}/afronden", {"veld_afspraakDatum": "2026-03-10", "veld_afspraakPlaats": "Stadhuis"})

    assert done.status_code == 302
    law.run_due()
    assert task_of(law, "taak_intakegesprek")


def test_form_js_and_the_plain_form_say_the_same(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{key}/oppakken")

    done = karin.post(
        f"/taken/{key}/afronden", {"form_json": '{"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}'}
    )

    assert done.status_code == 302
    law.run_due()
    assert task_of(law, "taak_intakegesprek")


def test_who_is_second_is_told_in_plain_words_and_keeps_what_was_typed(law: Platform, as_user: Login) -> None:
    start_case(law, owner=None)
    key, karin, kees = task_of(law, "taak_intake_plannen"), as_user("karin"), as_user("kees")
    karin.post(f"/taken/{key}/oppakken")

    kees.post(f"/taken/{key}/oppakken")
    assert "Een collega heeft deze taak al opgepakt" in kees.get(f"/taken/{key}").text
    answer = kees.post(f"/taken/{key}/afronden", {"veld_afspraakDatum": "2026-03-10", "veld_afspraakPlaats": "Elders"})

    assert answer.status_code == 409
    assert "Iemand anders was u voor" in answer.text
    assert "<dd>Elders</dd>" in "".join(answer.text.split())


def test_what_was_typed_for_a_task_that_was_given_back_is_there_when_it_is_taken_again(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{key}/oppakken")
    karin.post(f"/taken/{key}/teruggeven")  # in another tab

    answer = karin.post(f"/taken/{key}/afronden", {"veld_afspraakPlaats": "Stadhuis"})

    assert answer.status_code == 422
    assert "Deze taak staat niet op uw naam" in answer.text
    assert "Niet alles is goed ingevuld" not in answer.text
    assert "<dd>Stadhuis</dd>" in "".join(answer.text.split())
    karin.post(f"/taken/{key}/oppakken")
    assert 'value="Stadhuis"' in karin.get(f"/taken/{key}").text


def test_a_double_click_completes_once(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{key}/oppakken")
    answers = {"veld_afspraakDatum": "2026-03-10", "veld_afspraakPlaats": "Stadhuis"}

    assert [karin.post(f"/taken/{key}/afronden", answers).status_code for _ in range(2)] == [302, 409]
    law.run_due()
    assert [t.element_id for t in law.tasks(state="CREATED")] == ["taak_intakegesprek"]


def test_a_session_ends_when_the_password_changes(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    law.services.accounts.save("karin", display_name="Karin", password="anders anders", roles=("klantmanager",))

    assert karin.get("/taken").status_code == 302


def test_a_draft_is_kept_and_shown_again(law: Platform, as_user: Login) -> None:
    start_case(law)
    key, karin = task_of(law, "taak_intake_plannen"), as_user("karin")
    karin.post(f"/taken/{key}/oppakken")

    karin.post(f"/taken/{key}/concept", {"veld_afspraakPlaats": "Nog niet klaar"})

    assert "Nog niet klaar" in karin.get(f"/taken/{key}").text


def test_a_colleagues_case_opens_only_with_a_reason_and_each_look_is_logged(law: Platform, as_user: Login) -> None:
    case, kees = start_case(law), as_user("kees")

    asked = kees.get(f"/zaken/{case}")
    assert asked.status_code == 403
    assert "Deze zaak is van een collega" in asked.text
    assert "Persoon" not in asked.text
    opened = kees.post(f"/zaken/{case}", {"reden": "Collega is ziek, ik neem waar."})
    there = kees.post(f"/zaken/{case}", {"reden": "Collega is ziek, ik neem waar.", "naar": f"/zaken/{case}/tijdlijn?soort=taken"})
    assert there.headers["Location"] == f"/zaken/{case}/tijdlijn?soort=taken"
    assert kees.post(f"/zaken/{case}", {"reden": "Collega is ziek.", "naar": "//elders.example/"}).status_code == 200

    assert opened.status_code == 200
    with law.context.db.read() as unit:
        looks = [e for e in audit.of_case(unit, case) if e["action"] == "case.look.reason"]
    assert looks[0]["actor"] == "kees"
    assert looks[0]["detail"] == {"reason": "Collega is ziek, ik neem waar."}


def test_a_coa_employee_sees_only_residents_of_the_own_location_until_the_handover(
    law: Platform, as_user: Login
) -> None:
    inside, outside = start_case(law, "D-1", in_coa=True), start_case(law, "D-2")
    carla = as_user("carla")

    assert carla.get(f"/zaken/{inside}").status_code == 200
    assert carla.get(f"/zaken/{outside}").status_code == 404
    law.complete(task_of(law, "taak_deelname_vragen"), {"deelname": False, "instemmingDatum": "2026-03-02"})
    assert carla.get(f"/zaken/{inside}").status_code == 404


def test_roles_without_cases_see_none(law: Platform, as_user: Login) -> None:
    case = start_case(law)
    for username in ("bram", "piet", "dirk", "aysel", "hans"):
        assert as_user(username).get(f"/zaken/{case}").status_code == 404, username


def test_a_bsn_is_masked_until_a_reason_is_given(law: Platform, as_user: Login) -> None:
    person = law.register_person({"voornamen": "V", "achternaam": "Test", "bsn": "999990019"})
    case = law.start("inburgering", {"dossiernummer": "D-9", "doelgroep": "gezinsmigrant", "kennisgeving": "2026-03-02",
                                     "brpDatum": None, "inCoa": False}, person=person, owner="karin")  # fmt: skip
    karin = as_user("karin")

    assert "999990019" not in karin.get(f"/zaken/{case}").text
    assert "999990019" in karin.post(f"/zaken/{case}", {"nummer_reden": "Melding aan DUO"}).text


def test_a_case_is_started_from_the_page_and_problems_are_said_at_once(law: Platform, as_user: Login) -> None:
    karin = as_user("karin")
    wrong = karin.post("/zaken/nieuw", {"voornamen": "V"})
    assert wrong.status_code == 422
    assert wrong.text.count("<li>Vul") == 4

    started = karin.post("/zaken/nieuw", {"voornamen": "V", "achternaam": "Nieuw", "dossiernummer": "D-77",
                                          "kennisgeving": "2026-03-02", "doelgroep": "gezinsmigrant"})  # fmt: skip

    assert started.status_code == 302
    assert "V Nieuw" in karin.get(started.headers["Location"]).text


def test_a_broken_diagram_is_refused_on_the_page_with_element_and_remedy(as_user: Login) -> None:
    from io import BytesIO

    piet = as_user("piet")
    bad = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'

    answer = piet.client.post(
        "/processen", data={"csrf_token": piet.csrf, "bestanden": (BytesIO(bad), "kwaad.bpmn")},
        content_type="multipart/form-data",
    )  # fmt: skip

    assert answer.status_code == 422
    assert "kwaad.bpmn" in answer.text
    assert "root:" not in answer.text


def test_an_unexpected_failure_shows_a_number_and_no_traceback(law: Platform) -> None:
    app = create_app(law.services)

    @app.get("/kapot")
    def broken() -> str:
        raise ZeroDivisionError("secret detail")

    browser = Browser(app.test_client())
    browser.get("/inloggen")
    browser.post("/inloggen", {"username": "karin", "password": "demo"})
    answer = browser.get("/kapot")

    assert answer.status_code == 500
    assert "Meld dit aan de beheerder met nummer" in answer.text
    assert "secret detail" not in answer.text


def test_the_number_of_queries_of_a_list_does_not_grow_with_its_rows(law: Platform, as_user: Login) -> None:
    karin, counts = as_user("karin"), []
    for round in range(2):
        for n in range(9 if round == 0 else 12):  # nine: more than the page with one's work shows, so that it counts
            start_case(law, f"D-{round}-{n}")
        for path in ("/taken", "/zaken", "/"):
            karin.get(path)  # what is read once for all who come after
        seen = [0]

        def count(*_: object, seen: list[int] = seen) -> None:
            seen[0] += 1

        with law.context.db.watched(count):
            for path in ("/taken", "/zaken", "/"):
                karin.get(path)
        counts.append(seen[0])

    assert counts[0] == counts[1]


def test_a_second_page_goes_on_where_the_first_ended(law: Platform, as_user: Login) -> None:
    for n in range(55):
        start_case(law, f"D-{n}")
    first = law.services.task_lists.page(actor_of(law, "karin"), "rollen")
    second = law.services.task_lists.page(actor_of(law, "karin"), "rollen", after=first.after)

    assert (len(first.items), len(second.items), first.count) == (50, 5, 55)
    assert not {i.key for i in first.items} & {i.key for i in second.items}


@pytest.mark.parametrize("late", [0, 1, 8, 9, 12])
def test_the_first_page_counts_what_is_late_beyond_the_rows_that_it_shows(law: Platform, late: int) -> None:
    for n in range(12):
        start_case(law, f"D-{n}")
    task, now = t.user_task, law.clock.now()
    with law.context.db.write() as unit:
        keys = list(unit.connection.execute(select(task.c.key).where(task.c.state == "CREATED")).scalars())
        for place, key in enumerate(keys):
            due = now - timedelta(days=1) if place < late else now + timedelta(days=1)
            unit.connection.execute(update(task).where(task.c.key == key).values(sort_due=due))
    _mine, free, counts = law.services.task_lists.work(actor_of(law, "karin"))
    assert (len(free.items), counts) == (8, {"mijn": 0, "rollen": 12, "laat": late})


def actor_of(law: Platform, username: str):
    return law.services.accounts.actor(law.services.accounts.get(username))


def test_a_role_sees_only_the_facts_that_the_data_dictionary_gives_it(law: Platform, as_user: Login) -> None:
    key = law.start("boeteprocedure", {"dossiernummer": "D-5", "doelgroep": "gezinsmigrant", "overtreding": "brede intake",
                                       "overtredingKenmerk": "D-5-B1", "rapporteur": "hans"}, owner="karin")  # fmt: skip
    task = task_of(law, "taak_rapport_opmaken")

    assert "rapporteur" in {f.name for f in law.services.task_page.open(task, actor_of(law, "hans")).facts}
    seen = {f.name for f in law.services.case_file.open(key, actor_of(law, "karin")).variables}
    assert "overtreding" in seen
    assert "rapporteur" not in seen


def test_too_much_work_for_one_step_is_said_as_what_it_is(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    karin = as_user("karin")

    def heavy(*_: object, **__: object) -> None:
        raise TooMuchWork("This cannot be done.", remedy="Report this.")

    monkeypatch.setattr(law.services.case_lists, "search", heavy)
    page = karin.client.get("/zaken", headers={"Accept": "text/html"})
    assert page.status_code == 422
    assert "Dit is te veel werk in één keer." in page.text
    assert "Niet alles is goed ingevuld" not in page.text
    answer = karin.client.get("/zaken", headers={"Accept": "application/json"})
    assert answer.json["title"] == "Dit is te veel werk in één keer."


def test_a_term_is_counted_from_the_event_or_from_its_first_day(as_user: Login) -> None:
    browser = as_user("karin")

    assert "28 augustus 2026" in browser.get("/uitleg?datum=2025-02-28&lengte=P18M").text
    page = browser.get("/uitleg?datum=2025-03-01&lengte=P18M&telt=ja").text
    assert "31 augustus 2026" in page
    assert 'value="ja" checked' in page
