"""Vaste overzichten: made once a week with the rights of who asked for them, to a folder or a mailbox of the organisation."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from postbox import Postbox, postbox
from sqlalchemy import select, update

from inburgering_flow.app import create_app
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.model.alerts import REPORTING
from inburgering_flow.model.lists import SavedList
from inburgering_flow.model.permissions import Actor
from inburgering_flow.model.regular_reports import DONE, FAILED, SENDING
from inburgering_flow.platform import Platform
from inburgering_flow.services.regular_reports import LEASE, PAUSES, PROBLEMS, STOPS, following
from inburgering_flow.store import tables as t
from inburgering_flow.web.lists.kinds import KINDS
from inburgering_flow.web.regular_reports.making import OF_NOBODY, TAKEN, is_personal, masked
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
BOX = "team@voorbeeld.nl"


def actor(law: Platform, username: str) -> Actor:
    account = law.services.accounts.get(username)
    assert account is not None
    return law.services.accounts.actor(account)


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


@pytest.fixture
def town(law: Platform, tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """Three cases, a folder and a mailbox."""
    folder = tmp_path / "overzichten"
    folder.mkdir()
    given: dict[str, Any] = {
        "smtp_host": "localhost", "smtp_port": box.port, "smtp_security": "none", "mail_from": "flow@voorbeeld.nl",
        "base_url": "https://flow.voorbeeld.nl", "reports_folder": str(folder), "reports_addresses": f"{BOX}, @gemeente.nl",
    }  # fmt: skip
    monkeypatch.setattr(law.context, "settings", replace(law.context.settings, **given))
    for number in range(3):
        start_case(law, f"D-{number}")
    create_app(law.services)
    return law


def files(town: Platform) -> list[Path]:
    return sorted(Path(town.context.settings.reports_folder).iterdir())


def ask_list(town: Platform, who: str = "karin", address: str = "", kind: str = "tasks", **chosen: str) -> int:
    me = actor(town, who)
    key = town.services.saved_lists.save(kind, f"Lijst van {who} {chosen}", chosen or {"lijst": "rollen"}, "", me)
    return town.services.regular_reports.ask("LIST", {"list": str(key)}, "Mijn lijst", "csv", 0, 7, address, me, is_personal=False)


def ask_figures(town: Platform, who: str = "tom", address: str = "", form: str = "csv") -> int:
    chosen = {"part": "nu", "address": "fasen"}
    return town.services.regular_reports.ask("FIGURES", chosen, "Waar de zaken nu zijn", form, 0, 7, address, actor(town, who), is_personal=False)


def weeks(town: Platform, count: int = 1) -> int:
    """Let so many weeks pass, and make what is due after each."""
    made = 0
    for _week in range(count):
        town.clock.advance(days=7)
        made += town.services.regular_reports.make()
    return made


def outcomes(town: Platform) -> list[tuple[str, str]]:
    n = t.report_run.c
    with town.context.db.read() as unit:
        return [(row.state, row.problem) for row in unit.connection.execute(select(n.state, n.problem).order_by(n.period, n.report_key))]


def lines(town: Platform, action: str) -> list[str]:
    a = t.audit.c
    with town.context.db.read() as unit:
        return list(unit.connection.execute(select(a.actor).where(a.action == action)).scalars())


def told(town: Platform, who: str) -> int:
    a = t.alert.c
    with town.context.db.read() as unit:
        return len(unit.connection.execute(select(a.key).where(a.username == who, a.kind == REPORTING)).all())


# -- when ----------------------------------------------------------------------------------------------------------------


def test_the_next_time_is_on_that_day_at_that_hour_also_when_the_clocks_change(law: Platform) -> None:
    monday = law.clock.now().replace(year=2026, month=3, day=23, hour=6, minute=0)  # 07:00 in Amsterdam, winter
    assert following(monday - timedelta(minutes=1), 0, 7) == monday
    assert following(monday, 0, 7) == monday + timedelta(days=7, hours=-1), "summer time has begun"
    assert following(monday, 1, 0).isoformat() == "2026-03-23T23:00:00+00:00"


# -- to the folder --------------------------------------------------------------------------------------------------------


def test_a_list_is_written_every_week_once_with_what_its_owner_sees_then(town: Platform, as_user: Login) -> None:
    key = ask_list(town)
    assert town.services.regular_reports.make() == 0
    assert weeks(town) == 1
    assert town.services.regular_reports.make() == 0
    [file] = files(town)
    assert file.name == f"taken-{file.name[6:16]}-{key}.csv"
    page = as_user("karin").get("/taken/bestand.csv?lijst=rollen")
    assert file.read_bytes() == page.data, "the same file as under the list"
    assert file.stat().st_mode & 0o777 == 0o640
    assert outcomes(town) == [(DONE, "")]
    assert lines(town, "report.made") == ["karin"]
    assert "karin" in lines(town, "export.file")

    assert weeks(town, 2) == 2
    assert len(files(town)) == 3
    assert "gelukt" in as_user("karin").get("/vaste-overzichten").text


def test_weeks_in_which_nothing_ran_are_not_made_up_for(town: Platform) -> None:
    ask_list(town)
    town.clock.advance(days=30)
    assert town.services.regular_reports.make() == 1
    assert town.services.regular_reports.make() == 0


@pytest.mark.parametrize("kind", sorted(TAKEN))
def test_each_kind_of_list_can_be_made_by_whoever_may_take_it(town: Platform, kind: str) -> None:
    who = next(a.username for a in town.services.accounts.all() if _may(town, kind, actor(town, a.username)))
    ask_list(town, who, kind=kind, **({"lijst": "alle"} if kind == "tasks" else {}))
    weeks(town)
    assert outcomes(town) == [(DONE, "")], kind
    assert len(files(town)) == 1


def _may(town: Platform, kind: str, who: Actor) -> bool:
    from inburgering_flow.model import permissions as p

    needed = {"accounts": p.ACCOUNTS, "incidents": p.INCIDENT, "log": p.AUDIT, "batches": p.PROCESS_MANAGE, "budgets": p.MONEY_READ}
    return who.may(needed[kind]) if kind in needed else bool(who.sees)


def test_a_node_that_ended_while_it_made_a_file_is_followed_by_another_and_there_is_one_file(town: Platform) -> None:
    ask_list(town)
    town.clock.advance(days=7)
    service = town.services.regular_reports
    run = service._taken()
    assert run is not None
    assert [service._taken(), service.make()] == [None, 0], "another node leaves it alone"
    town.clock.advance(seconds=LEASE.total_seconds() + 1)
    assert service.make() == 1
    service._try(run)  # the first one was not dead, only slow
    assert outcomes(town) == [(DONE, "")]
    assert lines(town, "report.made") == ["karin"]
    assert len(files(town)) == 1


def test_a_folder_that_cannot_be_written_is_tried_again_and_told_once(town: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_list(town)
    broken = replace(town.context.settings, reports_folder=town.context.settings.reports_folder + "/weg")
    monkeypatch.setattr(town.context, "settings", broken)
    assert weeks(town) == 1
    assert told(town, "karin") == 0
    for pause in PAUSES:
        town.clock.advance(seconds=pause.total_seconds() + 1)
        assert town.services.regular_reports.make() == 1
    assert outcomes(town) == [(FAILED, "FOLDER")]
    assert [told(town, "karin"), told(town, "tom")] == [1, 0]
    page = said(as_user("karin").get("/meldingen").text)
    assert "Een vast overzicht is gestopt of mislukt" in page
    assert "REPORTS_FOLDER" in as_user("karin").get("/vaste-overzichten").text
    [one] = town.services.alerts.page(actor(town, "karin")).items
    assert "/vaste-overzichten#overzicht-" in as_user("karin").get(f"/meldingen/{one.row.key}").headers["Location"]


def test_nothing_is_left_of_a_file_that_could_not_be_finished(town: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    ask_list(town)

    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("inburgering_flow.services.regular_reports.os.fsync", full)
    weeks(town)
    assert files(town) == []


# -- to a mailbox ---------------------------------------------------------------------------------------------------------


def attachment(mail: Message) -> tuple[str, bytes]:
    part = next(one for one in mail.walk() if one.get_filename())
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(part.get_filename()), content


def test_figures_are_mailed_without_small_counts_and_no_word_of_anybody(town: Platform, box: Postbox) -> None:
    key = ask_figures(town, address=BOX)
    assert weeks(town) == 1
    assert town.services.regular_reports.make() == 0
    [mail] = box.mails
    assert (mail["To"], mail["From"]) == (BOX, "flow@voorbeeld.nl")
    assert mail["Message-ID"].startswith(f"<report-{key}-")
    name, content = attachment(mail)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert rows[1][1] == "niet getoond", "who may see all sees the number on the page, but a mailbox is read by others"
    text = next(one for one in mail.walk() if one.get_content_type() == "text/plain").get_payload(decode=True)
    assert isinstance(text, bytes)
    for word in ("tom", "Persoon", "D-1", "Waar de zaken"):
        assert word not in text.decode() + mail["Subject"] + name
    assert outcomes(town) == [(DONE, "")]

    ask_figures(town)
    weeks(town)
    [file] = files(town)
    assert ";3;" in file.read_text("utf-8-sig"), "in the folder they are as exact as for who asked"


def test_a_workbook_is_mailed_as_one(town: Platform, box: Postbox) -> None:
    ask_figures(town, address="iemand@gemeente.nl", form="xlsx")
    weeks(town)
    name, content = attachment(box.mails[0])
    assert name.endswith(".xlsx")
    assert content[:2] == b"PK"


def test_an_address_outside_or_a_list_with_people_is_refused_at_once_and_later(town: Platform, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("iemand@elders.nl", "team@voorbeeld.nl.elders.nl", "mijnteam@voorbeeld.nl", "x@sub.gemeente.nl", "geen adres"):
        with pytest.raises(InvalidInput):
            ask_figures(town, address=address)
    ask_list(town, address=BOX, lijst="rollen")  # as a page that was not asked whether it is personal
    ask_figures(town, address=BOX)
    monkeypatch.setattr(town.context, "settings", replace(town.context.settings, reports_addresses="@gemeente.nl"))
    weeks(town)
    assert outcomes(town) == [(FAILED, "PERSONAL"), (FAILED, "NOT_ALLOWED")]
    assert box.mails == []


def test_only_lists_of_which_each_column_is_known_to_say_nothing_of_anybody_may_be_mailed(town: Platform) -> None:
    for name, columns in OF_NOBODY.items():
        assert columns <= {column.name for column in KINDS[name].columns}
    assert set(TAKEN) == set(KINDS)

    def kept(kind: str, columns: str = "") -> SavedList:
        return SavedList(1, kind, "x", "", "x", {"kolommen": columns}, town.clock.now())

    assert not is_personal(kept("tasks", "vraag,uiterlijk"))
    assert is_personal(kept("tasks", "vraag,voor"))
    assert all(is_personal(kept(kind)) == (kind != "budgets") for kind in TAKEN)
    assert is_personal(kept("cases", "fase")), "the name of the case is always shown"


@pytest.mark.parametrize(("answer", "tries", "mails", "problem"), [
    ("lose", 1, 0, "UNKNOWN"), ("take and lose", 1, 1, "UNKNOWN"), ("550 no", 1, 0, "MESSAGE"), ("450 later", 2, 1, ""),
])  # fmt: skip
def test_a_mail_is_never_sent_twice(town: Platform, box: Postbox, answer: str, tries: int, mails: int, problem: str) -> None:
    ask_figures(town, address=BOX)
    box.answers.append(answer)
    made = weeks(town)
    for _again in range(3):
        town.clock.advance(hours=1)
        made += town.services.regular_reports.make()
    assert (made, len(box.mails)) == (tries, mails)
    assert outcomes(town) == [(FAILED, problem) if problem else (DONE, "")]
    assert told(town, "tom") == bool(problem)


def test_a_node_that_ended_while_it_mailed_is_not_followed(town: Platform, box: Postbox) -> None:
    ask_figures(town, address=BOX)
    town.clock.advance(days=7)
    run = town.services.regular_reports._taken()
    assert run is not None
    town.services.regular_reports._set(run, state=SENDING)
    town.clock.advance(hours=1)
    assert town.services.regular_reports.make() == 1
    assert (outcomes(town), box.mails) == ([(FAILED, "UNKNOWN")], [])


def test_a_node_that_was_slow_does_not_mail_what_another_has_taken_over(town: Platform, box: Postbox) -> None:
    ask_figures(town, address=BOX)
    town.clock.advance(days=7)
    service = town.services.regular_reports
    slow = service._taken()
    town.clock.advance(seconds=LEASE.total_seconds() + 1)
    second = service._taken()
    assert slow is not None
    assert second is not None
    service._try(slow)
    assert (len(box.mails), outcomes(town)) == (0, [("MAKING", "")])
    service._try(second)
    assert (len(box.mails), outcomes(town)) == (1, [(DONE, "")])


# -- rights ---------------------------------------------------------------------------------------------------------------


def test_a_closed_account_stops_its_reports_with_a_line_in_the_log(town: Platform) -> None:
    ask_list(town)
    town.services.accounts.set_active("karin", False)
    weeks(town, 2)
    assert files(town) == []
    assert outcomes(town) == [(FAILED, "ACCOUNT")]
    assert lines(town, "report.stopped") == ["system"]


def test_a_lost_role_stops_its_reports_and_is_told(town: Platform, as_user: Login) -> None:
    ask_list(town)
    town.services.accounts.save("karin", roles=("beleidsadviseur",), password="")
    weeks(town, 2)
    assert files(town) == []
    assert outcomes(town) == [(FAILED, "RIGHTS")]
    assert [told(town, "karin"), lines(town, "report.stopped")] == [1, ["system"]]
    assert "gestopt: een rol is vervallen" in said(as_user("karin").get("/vaste-overzichten").text)


def test_one_of_two_roles_lost_stops_a_report_although_the_other_still_shows_the_list(town: Platform) -> None:
    town.services.accounts.save("karin", roles=("klantmanager", "beleidsadviseur"), password="")
    ask_list(town)
    weeks(town)
    town.services.accounts.save("karin", roles=("klantmanager",), password="")
    weeks(town)
    assert outcomes(town) == [(DONE, ""), (FAILED, "RIGHTS")]


def test_a_list_that_was_thrown_away_and_a_page_that_is_closed_stop_a_report(town: Platform) -> None:
    me = actor(town, "karin")
    ask_list(town)
    town.services.saved_lists.remove(town.services.saved_lists.of("tasks", me)[0].key, me)
    money = {"part": "geld", "address": "geld"}
    town.services.regular_reports.ask("FIGURES", money, "Geld", "csv", 0, 7, "", actor(town, "piet"), is_personal=False)
    weeks(town)
    assert sorted(outcomes(town)) == [(FAILED, "GONE"), (FAILED, "RIGHTS")]
    assert masked(actor(town, "tom")).sees == frozenset()


# -- the pages ------------------------------------------------------------------------------------------------------------


def test_asked_for_on_a_page_seen_and_stopped(town: Platform, as_user: Login) -> None:
    tom, karin = as_user("tom"), as_user("karin")
    assert "/vaste-overzichten/nieuw?deel=nu&amp;tabel=fasen" in tom.get("/inzicht").text
    address = "/vaste-overzichten/nieuw?deel=nu&tabel=fasen"
    assert "kleine aantallen" in tom.get(address).text
    form = {"dag": "1", "uur": "8", "soort": "csv", "naar": "postbus", "adres": BOX, "eenmalig": "een-token-van-een-formulier"}
    wrong = tom.post(address, form | {"adres": "iemand@elders.nl"})
    assert wrong.status_code == 422
    assert 'value="iemand@elders.nl"' in wrong.text
    assert tom.post(address, form | {"adres": ""}).status_code == 422
    assert tom.post(address, form | {"dag": "9"}).status_code == 422
    for _twice in range(2):
        assert tom.post(address, form).status_code == 302
    page = said(tom.get("/vaste-overzichten").text)
    assert page.count("Elke dinsdag om 8 uur, als CSV.") == 1
    [one] = town.services.regular_reports.listed(actor(town, "tom"))
    assert "Elke dinsdag" not in karin.get("/vaste-overzichten").text
    assert karin.post(f"/vaste-overzichten/{one.row.key}/stoppen").status_code == 404
    tom.post(f"/vaste-overzichten/{one.row.key}/stoppen")
    assert "door u gestopt" in tom.get("/vaste-overzichten").text
    assert weeks(town) == 0

    key = town.services.saved_lists.save("cases", "Mijn zaken", {"toestand": "ACTIVE"}, "", actor(town, "karin"))
    assert "Mijn zaken" in karin.get("/vaste-overzichten").text
    page = karin.get(f"/vaste-overzichten/nieuw?lijst={key}").text
    assert "nooit per e-mail" in page
    assert "Adres van de postbus" not in page
    assert tom.get(f"/vaste-overzichten/nieuw?lijst={key}").status_code == 404
    assert karin.post(f"/vaste-overzichten/nieuw?lijst={key}", form).status_code == 422
    assert as_user("piet").get("/vaste-overzichten/nieuw?deel=geld&tabel=geld").status_code == 403


def test_without_a_folder_or_a_mailbox_the_page_says_whom_to_ask(law: Platform, as_user: Login) -> None:
    assert "functioneel beheerder" in as_user("tom").get("/vaste-overzichten/nieuw?deel=nu&tabel=fasen").text
    with pytest.raises(InvalidInput, match="folder"):
        ask_figures(law)
    with pytest.raises(Forbidden):
        law.services.regular_reports.listed(Actor("niemand"))


def test_what_became_of_reports_is_forgotten_after_a_year(town: Platform) -> None:
    key = ask_list(town)
    weeks(town)
    town.services.regular_reports.stop(key, actor(town, "karin"))
    assert town.services.regular_reports.forget() == 0
    town.clock.advance(days=370)
    assert town.services.regular_reports.forget() == 2
    assert outcomes(town) == []


def test_each_way_to_fail_or_stop_has_words_and_a_mistake_of_ours_is_one_of_them(town: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(PROBLEMS.values())
    assert set(STOPS) == {"OWNER", "ACCOUNT", "RIGHTS", "GONE"}
    ask_list(town)

    def wrong(*_: Any) -> Any:
        raise KeyError("kolom")

    monkeypatch.setattr(town.services.regular_reports, "maker", wrong)
    weeks(town)
    assert outcomes(town) == [(FAILED, "PROGRAM")]
    with town.context.db.write() as unit:
        unit.connection.execute(update(t.saved_list).values(chosen={"tot": "geen dag"}))
    create_app(town.services)
    weeks(town)
    assert outcomes(town)[1] == (FAILED, "CONTENT")
