"""A fictitious municipality, played day by day: a short run, the whole of it, and each rule that it is held to broken once."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from variants import ALL

from inburgering_flow.errors import InvalidInput
from inburgering_flow.inburgering.people import valid_bsn
from inburgering_flow.inburgering.plugin import plugin
from inburgering_flow.inburgering.simulation import invariants
from inburgering_flow.inburgering.simulation.invariants import INVARIANTS, Judged
from inburgering_flow.inburgering.simulation.outside import ON_LETTER, ON_WAIT
from inburgering_flow.inburgering.simulation.population import population
from inburgering_flow.inburgering.simulation.report import as_text, figures
from inburgering_flow.inburgering.simulation.rows import Rows
from inburgering_flow.inburgering.simulation.run import FIRST_DAY, InvariantBroken, Simulation, clock, settings_of
from inburgering_flow.inburgering.simulation.shares import SHARES, SPANS, UNSURE, Draw
from inburgering_flow.model.domain import Domain
from inburgering_flow.platform import Platform

ROOT = Path(__file__).parents[2]
Once = Callable[[str, Callable[[Path], None]], Path]


def play(file: Path, *, newcomers: int, days: int, seed: int = 1, url: str | None = None) -> dict[str, Any]:
    with Platform.open(url, settings_=settings_of(file), clock=clock()) as platform:
        simulation = Simulation(platform, newcomers=newcomers, days=days, seed=seed)
        try:
            simulation.run()
            return figures(simulation)
        finally:
            simulation.close()


@pytest.fixture(scope="session")
def played(once: Once) -> Path:
    """A municipality of eight newcomers after 160 days, and what it told."""

    def fill(folder: Path) -> None:
        with Platform.open(settings_=settings_of(folder / "deployed.db"), clock=clock()) as platform:
            platform.deploy(*plugin().resources)
        shutil.copy(folder / "deployed.db", folder / "sim.db")
        (folder / "figures.json").write_text(json.dumps(play(folder / "new.db", newcomers=8, days=160, seed=SEED, url=f"sqlite:///{folder}/sim.db")))

    return once("simulation", fill)


SEED = 2117  # of somebody who never comes, and gets a fine


def test_a_short_run_breaks_no_rule_and_says_what_happened(played: Path) -> None:
    found = json.loads((played / "figures.json").read_text())

    assert found["zaken begonnen"] == 8
    assert found["PIP"]["vastgesteld"] > 0
    assert found["boetes"]["artikel 22"] == {"aantal": 1, "bedrag": 250.0}
    assert found["storingen"] == {"nu": 0, "ooit": 0}
    assert found["berichten"]["gehoord"] > 8
    assert found["taken per rol"].keys() >= {"klantmanager", "teammanager", "handhaver", "jurist"}


def test_the_text_has_every_figure_under_its_name(played: Path) -> None:
    found = json.loads((played / "figures.json").read_text())

    lines = as_text(found).splitlines()

    for name in found:
        assert any(line.lower().startswith(name.lower()) for line in lines), name


@pytest.mark.skipif(not ALL, reason="five minutes: the whole run is one of make test-all")
def test_a_year_and_a_half_of_five_hundred_newcomers_breaks_no_rule(tmp_path: Path) -> None:
    began = time.monotonic()

    found = play(tmp_path / "sim.db", newcomers=500, days=550)

    print(f"{as_text(found)}\n{time.monotonic() - began:.0f} s")
    assert found["zaken begonnen"] == 500
    assert found["storingen"] == {"nu": 0, "ooit": 0}
    assert found["boetes"]["artikel 22"]["aantal"] > 0
    assert found["boetes"]["artikel 23"]["aantal"] > 0
    assert found["wachttijd per fase"]["Bezwaar en beroep"]["klaar"] > 10
    assert not [name for name in found["berichten"] if name.startswith("niemand mag het melden")]


def empty(played: Path, folder: Path) -> str:
    """The shipped processes in a database without anything else, to save the time of deploying them; its address."""
    folder.mkdir()
    shutil.copy(played / "deployed.db", folder / "sim.db")
    shutil.copy(played / "secret.key", folder / "secret.key")
    return f"sqlite:///{folder}/sim.db"


@pytest.mark.skipif(not ALL, reason="plays a run a second time; the invariants of each day are held by the one above")
def test_the_same_seed_plays_the_same(played: Path, tmp_path: Path) -> None:
    first, second = (
        play(tmp_path / "new.db", newcomers=2, days=25, seed=9, url=empty(played, tmp_path / name)) for name in ("one", "two")
    )

    assert first == second


def test_a_database_that_is_there_already_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "real.db"
    file.write_bytes(b"real")

    with pytest.raises(InvalidInput, match="there already"):
        settings_of(file)
    assert file.read_bytes() == b"real"


def test_a_platform_with_cases_is_refused(played: Path, tmp_path: Path) -> None:
    with opened(played, tmp_path) as platform, pytest.raises(InvalidInput, match="needs an empty database"):
        Simulation(platform, newcomers=1, days=1, seed=1)


# -- what is drawn ------------------------------------------------------------------------------------------------------


def test_five_hundred_newcomers_have_numbers_of_their_own_that_nobody_has() -> None:
    people = population(500, 1, FIRST_DAY, 550)

    assert len({person.bsn for person in people}) == 500
    assert all(valid_bsn(person.bsn) and person.bsn.startswith("9999") for person in people)
    assert all(person.notified <= person.arrives and person.arrives.weekday() < 5 for person in people)


def test_the_groups_are_drawn_as_cbs_published_them() -> None:
    drawn = Counter(person.group for person in population(4000, 1, FIRST_DAY, 550))

    assert drawn["asielstatushouder"] / 4000 == pytest.approx(18900 / 26200, abs=0.03)


def test_shares_add_up_and_say_where_they_come_from() -> None:
    totals: Counter[str] = Counter()
    for row in SHARES:
        totals[row.name] += row.share  # type: ignore[assignment]

    assert {name: total for name, total in totals.items() if abs(total - 1) > 1e-9} == {}
    assert all(row.source for row in (*SHARES, *SPANS))
    assert {row.name for row in SHARES if row.certainty != UNSURE} == {"doelgroep"}, "only what is published is sure"


def test_one_purpose_draws_the_same_whatever_else_was_drawn() -> None:
    other = Draw(1, "other")

    first = [Draw(1, "one").number("leeftijd"), Draw(1, "one").one("leerroute")]
    other.number("leeftijd")

    assert [Draw(1, "one").number("leeftijd"), Draw(1, "one").one("leerroute")] == first


def test_the_page_names_everything_that_is_drawn_and_every_rule() -> None:
    page = (ROOT / "docs" / "simulatie.md").read_text()

    for row in (*SHARES, *SPANS):
        assert row.name in page, row.name
    for invariant in INVARIANTS:
        assert f"`{invariant.__name__}`" in page, invariant.__name__
        assert invariant.__doc__


def test_partners_answer_only_to_what_the_processes_wait_for_or_send() -> None:
    models = "".join(path.read_text() for path in (ROOT / "processes").rglob("*.bpmn"))

    assert [name for name in ON_WAIT if f'name="{name}"' not in models] == []
    assert [kind for kind in ON_LETTER if f'"brief.{kind}"' not in models] == []


# -- each rule, broken once ---------------------------------------------------------------------------------------------

FINE = '[{"kenmerk": "B1", "besluit": "boete", "artikel": "%s", "bedrag": %s, "vernietigd": false, "termijn": "eerste termijn"}]'
CLAIM = (
    '[{"kenmerk": "B1", "saldo": %s, "boekingen": [{"soort": "boete", "bedrag": 250, "hoofdsom": %s, "kosten": 0, "teVeel": 0},'
    ' {"soort": "%s", "bedrag": -100, "hoofdsom": -100, "kosten": 0, "teVeel": 0}]}]'
)
ROOT_KEY = "(SELECT min(key) FROM process_instance WHERE key = root_key)"
NOTICE = "(SELECT min(instance_key) FROM document WHERE name LIKE 'boetebeschikking-%')"


def variable(name: str, value: str, scope: str = ROOT_KEY) -> str:
    return f"REPLACE INTO variable (scope_key, name, instance_key, value) VALUES ({scope}, '{name}', {scope}, '{value}')"


def message(name: str, expires: str) -> str:
    return (
        "INSERT INTO message (key, tenant_id, name, correlation_key, published, expires, variables, state) VALUES"
        f" (1, '<default>', '{name}', 'SIM-0001', '2026-01-06 08:00:00.000000', '{expires}', '{{}}', 'BUFFERED')"
    )


def ended(letter: str) -> str:
    """The first case is over, and one of its letters has this name, none of the others one that closes a case."""
    first = f"(SELECT min(key) FROM document WHERE root_key = {ROOT_KEY})"
    return (
        f"UPDATE process_instance SET state = 'COMPLETED' WHERE key = {ROOT_KEY};"
        f" UPDATE document SET name = '{letter}' WHERE key = {first}"
    )


def began(moment: str) -> str:
    """DUO told the first case of a diploma at a moment."""
    return (
        f"UPDATE element_instance SET element_id = 'diploma_gemeld', start = '{moment}'"
        f" WHERE key = (SELECT min(key) FROM element_instance WHERE instance_key = {ROOT_KEY})"
    )


MOVED = "state = 'MOVED' AND name = 'oproepEinde'"
CALLED = f"name = 'oproepEinde' AND begun IN (SELECT \"over\" FROM term WHERE {MOVED})"
"""The days that a call for the intake got in place of an earlier day."""
EARLIER = f"UPDATE term SET due = '2026-01-01 23:00:00.000000' WHERE {CALLED}"
OTHER_PROCESS = f"UPDATE term SET state = 'ENDED', instance_key = 1 WHERE {MOVED}"
CORRECTED = (
    "INSERT INTO audit (key, tenant_id, moment, actor, action, root_key)"
    f" SELECT row_number() OVER (), '<default>', begun, 'karin', 'variable.correct', root_key FROM term WHERE {CALLED}"
)


def sent(published: str, *, key: str = "SIM-0001-B1") -> str:
    """A newcomer sent something that no process heard."""
    return message("burger.zienswijze", NEVER).replace("2026-01-06 08:00:00.000000", published).replace("'SIM-0001'", f"'{key}'")


def over(number: str, moment: str) -> str:
    """A case has ended."""
    return f"UPDATE process_instance SET state = 'COMPLETED', \"end\" = '{moment}' WHERE business_key = '{number}'"


def dealt_with(moment: str) -> str:
    """Somebody has handled the message."""
    return (
        "INSERT INTO audit (key, tenant_id, moment, actor, action, subject_key)"
        f" VALUES (1, '<default>', '{moment}', 'rita', 'message.handle', 1)"
    )


MAY, FOUR_WEEKS, LATER = "2026-05-01 08:00:00.000000", "2026-05-29 08:00:00.000000", "2026-05-29 08:00:00.000001"
PAST, NEVER = "2026-01-07 08:00:00.000000", "9999-01-01 00:00:00.000000"
BROKEN: list[tuple[str, str, str]] = [
    (
        "no_incident",
        "INSERT INTO incident (key, tenant_id, root_key, instance_key, definition_key, process_id, element_key, element_id,"
        f" error_type, message, phase, state, created) VALUES (1, '<default>', {ROOT_KEY}, 1, 1, 'p', 1, 'taak_x', 'X', 'Kapot.',"
        " 'x', 'ACTIVE', '2026-01-06 08:00:00.000000')",
        "p stands still at taak_x: Kapot.",
    ),
    ("every_case_goes_on", "DELETE FROM user_task WHERE state = 'CREATED'", "where nothing is waited for"),
    ("every_case_goes_on", "DELETE FROM job WHERE kind = 'TIMER'", "where nothing is waited for"),
    ("every_case_goes_on", "UPDATE element_instance SET state = 'COMPLETED'", "stands nowhere"),
    ("no_fine_before_the_view", "DELETE FROM document WHERE name LIKE 'voornemen-%'", "without a voornemen"),
    (
        "no_fine_before_the_view",
        f"UPDATE variable SET value = (SELECT '\"' || date(created) || '\"' FROM document WHERE name LIKE 'boetebeschikking-%'"
        f" ORDER BY key LIMIT 1) WHERE name = 'zienswijzeEinde' AND instance_key = {NOTICE}",
        "before the term for a view was over",
    ),
    ("no_fine_too_high", variable("eerdereBoetes", FINE % ("22", "250.01")), "above the maximum of article 22"),
    ("no_fine_too_high", variable("eerdereBoetes", FINE % ("23", "800.01")), "above the maximum of article 23"),
    (
        "no_fine_too_high",
        variable("eerdereBoetes", json.dumps(json.loads(FINE % ("23", "800")) * 3 + json.loads(FINE % ("22", "1")))),
        "2401 together",
    ),
    (
        "no_fine_decided_by_its_reporter",
        "UPDATE user_task SET completed_by = (SELECT completed_by FROM user_task WHERE element_id = 'taak_rapport_opmaken'"
        " ORDER BY key LIMIT 1) WHERE process_id = 'boeteprocedure' AND element_id = 'taak_boete_besluiten'",
        "did taak_boete_besluiten",
    ),
    ("no_message_expired_unseen", message("duo.SS131", PAST), "expired, and nobody has seen it"),
    (
        "no_plan_before_its_notification",
        "UPDATE variable SET value = '\"2020-01-01\"' WHERE name = 'pipDagtekening' AND value != 'null'",
        "before the kennisgeving",
    ),
    (
        "no_term_moved_without_reason",
        "UPDATE term SET state = 'MOVED', \"over\" = '2026-01-05 03:00:00.000000', ground = NULL"
        " WHERE key = (SELECT min(key) FROM term)",
        "nothing says why",
    ),
    ("no_term_became_shorter", EARLIER, "became 2026-01-01"),
    ("no_term_became_shorter", f"{EARLIER}; {OTHER_PROCESS}", "became 2026-01-01"),
    ("no_term_became_shorter", f"{EARLIER}; {CORRECTED}; UPDATE audit SET moment = '{PAST}' WHERE key < 99", "became 2026-01-01"),
    ("what_a_person_sent_was_heard", sent(MAY), "seen by nobody in four weeks"),
    ("what_a_person_sent_was_heard", sent(MAY, key="SIM-0001"), "seen by nobody in four weeks"),
    ("what_a_person_sent_was_heard", f"{sent(MAY)}; {dealt_with(LATER)}", "seen by nobody in four weeks"),
    ("what_a_person_sent_was_heard", f"{sent(MAY)}; {over('SIM-0001', MAY)}", "before the case ended"),
    ("what_a_person_sent_was_heard", f"{sent(MAY)}; {over('SIM-0001', MAY)}; {dealt_with(FOUR_WEEKS)}", "before the case ended"),
    ("everybody_was_told", ended("x"), "no closing letter went"),
    ("everybody_was_told", ended("dossier-gesloten-a.pdf") + "; UPDATE document SET name = 'dossier-gesloten-b.pdf'", "closing letters went"),
    (
        "everybody_was_told",
        f"{ended('dossier-gesloten-a.pdf')}; {began('9999-01-01 00:00:00.000000')}",
        "is from before what ended the case",
    ),
    ("money_adds_up", variable("boeteStanden", CLAIM % ("149", "250", "betaling")), "charged 250, but paid 100, open 149"),
    ("money_adds_up", variable("boeteStanden", CLAIM % ("150", "249", "betaling")), "has parts that are 249"),
    ("money_adds_up", variable("boeteStanden", CLAIM % ("150", "250", "verdwenen")), "an entry of an unknown kind"),
    ("money_adds_up", variable("boeteStanden", CLAIM % ("150", "250", "betaling")), "the bank told of 0, and 100 is booked"),
    (
        "money_adds_up",
        "UPDATE variable SET value = '12.34' WHERE name = 'boeteBedrag' AND scope_key = "
        "(SELECT key FROM process_instance WHERE process_id = 'boeteprocedure')",
        "12.34 was imposed",
    ),
    ("no_lost_task", "UPDATE account SET active = 0 WHERE roles LIKE '%klantmanager%'", "can be done by nobody"),
]
FITTING: list[tuple[str, str]] = [
    ("no_term_became_shorter", f"{EARLIER}; UPDATE term SET ground = 'Reden.' WHERE {CALLED}"),
    ("no_term_became_shorter", f"{EARLIER}; {CORRECTED}"),
    ("no_term_became_shorter", f"{EARLIER}; UPDATE term SET name = 'pipUiterlijk'"),
    ("no_term_became_shorter", f"{EARLIER}; {OTHER_PROCESS}; UPDATE term SET root_key = key WHERE instance_key = 1"),
    ("what_a_person_sent_was_heard", f"{sent(MAY)}; {dealt_with(FOUR_WEEKS)}"),
    ("what_a_person_sent_was_heard", sent("2026-05-17 08:00:00.000000")),
    ("what_a_person_sent_was_heard", sent(MAY, key="SIM-00011")),
    ("what_a_person_sent_was_heard", sent(MAY, key="SIM-9999")),
    ("what_a_person_sent_was_heard", f"{sent(LATER)}; {over('SIM-0001', MAY)}"),
    (
        "what_a_person_sent_was_heard",
        f"{sent(MAY)}; INSERT INTO message_correlation (message_key, process_id, instance_key, correlated) VALUES (1, 'x', 1, '{MAY}')",
    ),
    ("everybody_was_told", f"{ended('dossier-gesloten-a.pdf')}; {began('2026-01-05 00:00:00.000000')}"),
    ("everybody_was_told", ended("einde-ondertussengroep-a.pdf")),
    ("everybody_was_told", ended("x") + "; " + began(PAST).replace("diploma_gemeld", "einde_overleden")),
    ("no_fine_too_high", variable("eerdereBoetes", FINE % ("22", "250"))),
    ("no_fine_too_high", variable("eerdereBoetes", json.dumps(json.loads(FINE % ("23", "800")) * 3))),
    ("no_message_expired_unseen", message("duo.SS131", NEVER)),
    ("no_message_expired_unseen", message("gemeente.intakeboete-besloten", PAST)),
    ("money_adds_up", variable("boeteStanden", CLAIM % ("150", "250", "kwijtschelding"))),
]


END = datetime.fromisoformat("2026-06-13T22:00:00+02:00")
is_from_partner = Domain([plugin()]).is_from_partner


def copied(played: Path, folder: Path, change: str) -> None:
    """Put a copy of the short run into a folder, with rows changed."""
    shutil.copy(played / "sim.db", folder / "sim.db")
    shutil.copy(played / "secret.key", folder / "secret.key")
    if change:
        with closing(sqlite3.connect(folder / "sim.db")) as connection:
            connection.executescript(change)


def opened(played: Path, folder: Path, change: str = "") -> Platform:
    """A copy of the short run, with rows changed."""
    copied(played, folder, change)
    moved, settings = clock(), settings_of(folder / "other.db")
    moved.set(END)
    return Platform.open(f"sqlite:///{folder}/sim.db", settings_=settings, clock=moved)


@pytest.fixture
def judged(played: Path, tmp_path: Path) -> Iterator[Callable[[str, str], list[invariants.Broken]]]:
    """Judge a copy with changed rows by one rule."""

    def judge(name: str, change: str = "") -> list[invariants.Broken]:
        if name == "no_lost_task":
            with opened(played, tmp_path, change) as platform, closing(Rows(tmp_path / "sim.db")) as rows:
                return list(invariants.no_lost_task(Judged(rows, END, is_from_partner, platform.services.lost_tasks.find)))
        copied(played, tmp_path, change)
        with closing(Rows(tmp_path / "sim.db")) as rows:
            return list(getattr(invariants, name)(Judged(rows, END, is_from_partner, list)))

    return judge


@pytest.mark.parametrize(("name", "change", "says"), BROKEN, ids=[f"{name}-{n}" for n, (name, _, _) in enumerate(BROKEN)])
def test_a_broken_row_is_seen(judged: Callable[..., list[invariants.Broken]], name: str, change: str, says: str) -> None:
    found = judged(name, change)

    assert any(says in broken.says and broken.case.startswith("SIM-") for broken in found), found


@pytest.mark.parametrize(("name", "change"), FITTING, ids=[f"{name}-{n}" for n, (name, _) in enumerate(FITTING)])
def test_a_row_on_the_right_side_of_the_boundary_is_not(
    judged: Callable[..., list[invariants.Broken]], name: str, change: str
) -> None:
    said = [broken.says for broken in judged(name, change)]

    assert [says for says in said if any(word in says for word in ("B1", "duo", "closing letter", "earlier", "seen by nobody"))] == []


def test_the_terms_of_a_person_are_those_that_the_dictionaries_call_theirs() -> None:
    declared = set()
    for path in (ROOT / "processes").rglob("gegevens.json"):
        for entry in json.loads(path.read_text()):
            said = entry.get("term") or []
            terms = said if isinstance(said, list) else [said]
            declared |= {entry["name"] for term in terms if term.get("whose") == "de inwoner"}

    assert declared == invariants.PERSONAL


def test_every_rule_is_broken_by_one_of_the_rows() -> None:
    assert {name for name, _change, _says in BROKEN} == {invariant.__name__ for invariant in INVARIANTS}


def test_a_changed_line_of_the_audit_log_stops_the_run(played: Path, tmp_path: Path) -> None:
    with opened(played, tmp_path, "UPDATE audit SET actor = 'niemand' WHERE key = (SELECT max(key) FROM audit)") as platform:
        simulation = Simulation.__new__(Simulation)
        simulation.platform, simulation.seed = platform, 1
        with pytest.raises(InvariantBroken, match="audit log"):
            simulation.audit()


def test_what_is_broken_says_how_to_see_it_again(played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_at: Judged) -> Iterator[invariants.Broken]:
        yield invariants.Broken("SIM-0001", "Something is wrong.")

    monkeypatch.setattr("inburgering_flow.inburgering.simulation.run.INVARIANTS", (broken,))

    with pytest.raises(InvariantBroken, match=r"Day 1 \(2026-01-05\), seed 3, case SIM-0001, broken: Something is wrong") as said:
        play(tmp_path / "new.db", newcomers=1, days=5, seed=3, url=empty(played, tmp_path / "one"))
    assert "--newcomers 1 --days 5 --seed 3 --until-day 1" in said.value.remedy
    assert date.fromisoformat("2026-01-05") == FIRST_DAY
