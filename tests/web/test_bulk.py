"""The beheerder changes many cases at once: previewed, started, followed, and nothing of their contents is shown."""

from __future__ import annotations

import re
from collections.abc import Callable

from diagrams import Diagram

from inburgering_flow.model import batches as kinds
from inburgering_flow.platform import Platform
from web.conftest import Browser, start_case
from web.conftest import said as read

Login = Callable[[str], Browser]


def process(law: Platform, *tasks: str) -> int:
    diagram = Diagram("proef").start().end()
    for name in tasks:
        diagram.user(name)
    law.deploy_content("proef.bpmn", diagram.path("start", *tasks, "end").xml())
    return next(d.key for d in law.services.deployments.newest("process") if d.id == "proef")


def hidden(page: str) -> dict[str, str]:
    """Return what the start button sends."""
    form = page.split('method="post" action="/bulkbewerkingen"')[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form))


def states(law: Platform) -> list[str]:
    return [i.state for i in law.instances("proef")]


def test_cases_of_a_version_stand_still_and_go_on_again(law: Platform, as_user: Login) -> None:
    version = process(law, "a")
    for _ in range(3):
        law.start("proef")
    bram = as_user("bram")

    page = bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.SUSPEND}&versie={version}&zaken=&naar=").text
    assert "3 zaken of deelprocessen." in page
    assert "De termijnen van de wet staan niet stil." in page
    assert states(law) == ["ACTIVE"] * 3
    answer = bram.post("/bulkbewerkingen", hidden(page))
    assert "0 van 3 gedaan" in bram.get(answer.headers["Location"]).text
    law.run_due()
    assert "3 van 3 gedaan" in bram.get(answer.headers["Location"]).text
    assert states(law) == ["SUSPENDED"] * 3

    page = bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.RESUME}&versie={version}").text
    bram.post("/bulkbewerkingen", hidden(page))
    law.run_due()
    assert states(law) == ["ACTIVE"] * 3
    listed = bram.get("/bulkbewerkingen").text
    assert listed.count("3 van 3") == 2


def test_what_does_not_fit_another_version_is_said_first_and_can_be_mapped(law: Platform, as_user: Login) -> None:
    old = process(law, "a", "b")
    for _ in range(2):
        key = law.start("proef")
        law.complete(law.tasks(state="CREATED", instance=key)[0].key, user="x")
    new = process(law, "a", "c")
    bram = as_user("bram")
    asked = f"/bulkbewerkingen/bekijken?soort={kinds.MIGRATE}&versie={old}&naar={new}"

    assert "stap_b=c" in bram.get(asked).location  # it stands where the other stood: that is suggested
    page = bram.get(f"{asked}&bekeken=1").text
    assert "Dit past niet" in page
    assert re.search(r"b</b> \(2\)", page)
    page = bram.get(f"{asked}&stap_b=c").text
    assert "Dit past niet" not in page
    bram.post("/bulkbewerkingen", hidden(page))
    law.run_due()

    assert [i.definition_key for i in law.instances("proef")] == [new, new]
    assert {t.element_id for t in law.tasks(state="CREATED") if t.process_id == "proef"} == {"c"}


def test_a_case_that_refuses_is_listed_with_the_reason_and_stops_no_other(law: Platform, as_user: Login) -> None:
    process(law, "a")
    done, other = law.start("proef", business_key="P-1"), law.start("proef", business_key="P-2")
    law.cancel(done)
    bram = as_user("bram")
    page = bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.CANCEL}&zaken=P-1%0AP-2").text
    assert "2 zaken" in page

    where = bram.post("/bulkbewerkingen", {"soort": kinds.CANCEL, "zaken": "P-1\r\nP-2"}).headers["Location"]
    law.run_due()

    page = bram.get(where).text
    assert "1 mislukt" in page
    assert str(done) in page.split("Wat niet lukte")[1]
    assert str(other) not in page.split("Wat niet lukte")[1]
    assert states(law) == ["TERMINATED"] * 2


def test_the_reason_of_a_refusal_is_read_in_the_language_of_its_reader(law: Platform, as_user: Login) -> None:
    process(law, "a")
    law.cancel(law.start("proef", business_key="P-1"))
    bram = as_user("bram")
    where = bram.post("/bulkbewerkingen", {"soort": kinds.CANCEL, "zaken": "P-1"}).headers["Location"]
    law.run_due()

    dutch, file = read(bram.get(where).text), bram.get(f"{where}?tabelbestand=mislukt.csv").text
    bram.post("/taal", {"taal": "en", "terug": "/"})
    english = read(bram.get(where).text)

    assert "stoppen kan nu niet. De toestand is gestopt" in dutch
    assert "expected state" not in dutch
    assert "expected state" in english
    assert "stoppen kan nu niet. De toestand is gestopt" not in english
    assert "stoppen kan nu niet. De toestand is gestopt" in file


def test_a_bulk_operation_rests_goes_on_and_is_given_up(law: Platform, as_user: Login) -> None:
    process(law, "a")
    law.start("proef", business_key="P-1")
    bram = as_user("bram")
    where = bram.post("/bulkbewerkingen", {"soort": kinds.CANCEL, "zaken": "P-1"}).headers["Location"]

    bram.post(f"{where}/stilzetten")
    law.run_due()
    assert "staat stil" in bram.get(where).text
    assert states(law) == ["ACTIVE"]
    bram.post(f"{where}/verdergaan")
    assert "loopt" in bram.get(where).text
    bram.post(f"{where}/stoppen")
    law.run_due()
    page = bram.get(where).text
    assert "gestopt" in page
    assert "Laten verdergaan" not in page
    assert states(law) == ["ACTIVE"]
    assert bram.post(f"{where}/verdergaan").status_code == 409


def test_what_cannot_be_meant_is_refused_and_the_form_keeps_what_was_filled_in(law: Platform, as_user: Login) -> None:
    version = process(law, "a")
    bram = as_user("bram")

    for given, said in (
        ("soort=", "Kies wat u wilt doen."),
        (f"soort={kinds.DELETE}&versie={version}", "Kies wat u wilt doen."),
        (f"soort={kinds.CANCEL}", "Kies een versie, of noem zaken; niet allebei."),
        (f"soort={kinds.CANCEL}&versie={version}&zaken=P-1", "Kies een versie, of noem zaken; niet allebei."),
        (f"soort={kinds.MIGRATE}&versie={version}", "Kies van welke versie naar welke versie de zaken gaan."),
        (f"soort={kinds.MIGRATE}&versie={version}&naar={version}", "De zaken hebben deze versie al."),
        (f"soort={kinds.CANCEL}&zaken=P-9", "Er is geen zaak P-9."),
        (f"soort={kinds.MIGRATE}&versie={version}&naar=404", "404"),
    ):
        answer = bram.get(f"/bulkbewerkingen/bekijken?{given}")
        assert answer.status_code in (400, 404), given
        assert said in answer.text, given
    assert ">P-9</textarea>" in bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.CANCEL}&zaken=P-9").text
    page = bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.CANCEL}&versie={version}").text
    assert "Er is geen zaak waarvoor dit kan." in page
    assert "kies het proces waarmee een zaak begint" in page
    assert 'method="post" action="/bulkbewerkingen"' not in page
    page = bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.RESOLVE}&versie={version}").text
    assert "waarmee een zaak begint" not in page


def test_all_incidents_of_one_cause_are_retried_at_once(law: Platform, as_user: Login) -> None:
    diagram = Diagram("proef").start().xor("g").user("a").end().path("start", "g|klaar", "a", "end")
    law.deploy_content("proef.bpmn", diagram.xml())
    keys = [law.start("proef", {"klaar": None}) for _ in range(2)]
    bram = as_user("bram")
    law.start("proef", {"klaar": True})
    version = law.instances("proef")[0].definition_key
    assert "2 zaken" in bram.get(f"/bulkbewerkingen/bekijken?soort={kinds.RESOLVE}&versie={version}").text
    page = bram.get("/storingen").text
    assert "Alle 2 opnieuw proberen" in page
    for key in keys:
        law.services.processes.set_variables(key, {"klaar": True})

    named = re.search(r'name="zaken" value="([\d,]+)"', page)[1]  # type: ignore[index]
    bram.post("/bulkbewerkingen", {"soort": kinds.RESOLVE, "zaken": named})
    law.run_due()

    assert len([t for t in law.tasks(state="CREATED") if t.process_id == "proef"]) == 3


def test_only_who_manages_processes_comes_here_and_sees_nothing_of_a_case(law: Platform, as_user: Login) -> None:
    key = start_case(law)
    definition = law.instances("inburgering")[0].definition_key
    asked = f"/bulkbewerkingen/bekijken?soort={kinds.SUSPEND}&zaken={key}"

    for username in ("karin", "piet", "tom"):
        browser = as_user(username)
        for path in ("/bulkbewerkingen", asked):
            assert browser.get(path).status_code == 403, (username, path)
        assert browser.post("/bulkbewerkingen", {"soort": kinds.CANCEL, "zaken": str(key)}).status_code == 403
    bram = as_user("bram")
    for path in ("/bulkbewerkingen", asked):
        page = bram.get(path).text
        assert "PersoonD-1" not in page
    assert "andere brengen" in bram.get(f"/processen/{definition}").text
    assert "andere brengen" not in as_user("piet").get(f"/processen/{definition}").text
