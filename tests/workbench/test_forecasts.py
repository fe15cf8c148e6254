"""Forecasts: the engine plays the cases, and the past, the staff and the rules decide what becomes of them."""

from __future__ import annotations

import json
import pickle
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from diagrams import Diagram, message_event, timer
from variants import ALL

from inburgering_flow.analysis.office import Group
from inburgering_flow.cli import main
from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from inburgering_flow.settings import Settings
from inburgering_flow.store import audit, observed
from inburgering_flow.workbench import assumed, deployed
from inburgering_flow.workbench.backtests import backtest, factors_of, held_out, moments_before, share
from inburgering_flow.workbench.forecasts import Assumptions, Forecast, as_json, forecast
from inburgering_flow.workbench.histories import FreeDays, History, _busy, examples, history, measure
from inburgering_flow.workbench.observing import Answer, Fate, Observed, observe, place_of, shifted
from inburgering_flow.workbench.record import Deed, Story
from inburgering_flow.workbench.sandbox import Sandbox
from inburgering_flow.workbench.scenarios import read
from inburgering_flow.workbench.simulated import Going, Past

MONDAY = datetime.fromisoformat("2026-03-02T00:00:00+01:00")
WEEKS_PLAYED = 12
NOW = MONDAY + timedelta(weeks=WEEKS_PLAYED)
SECRET = "Mevrouw Zeldzaam woont in de Verborgenstraat"
GROUP = '<zeebe:assignmentDefinition candidateGroups="{group}"/>'


def diagram() -> Diagram:
    """A request is judged; a good one waits for advice from outside, and is decided within two weeks or lapses."""
    d = Diagram("aanvraag").start().user("beoordelen", GROUP.format(group="beoordelaar")).xor("goed", default="goed_afgewezen")
    d.message("m", "advies", "= nummer").node("intermediateCatchEvent", "advies", body=message_event("m"))
    d.user("besluiten", GROUP.format(group="jurist")).end("besloten").end("afgewezen")
    d.boundary("te_laat", "besluiten", timer("timeDuration", "P14D")).end("verlopen")
    d.path("start", "beoordelen", "goed|akkoord", "advies", "besluiten", "besloten")
    return d.path("goed", "afgewezen").path("te_laat", "verlopen")


def play(platform: Platform, weeks: int) -> None:
    """Three requests a week: judged after a day or two, three of four good; advice after ten days, decided the day after."""
    chance, clock = random.Random(1), platform.clock
    todo: list[tuple[datetime, str, int]] = []
    for week in range(weeks):
        todo += [(MONDAY + timedelta(weeks=week, days=n, hours=10), "start", week * 3 + n) for n in range(3)]
    while todo:
        todo.sort()
        moment, what, number = todo.pop(0)
        if moment >= MONDAY + timedelta(weeks=weeks):
            break
        clock.set(moment)
        platform.run_due()
        if what == "start":
            key = platform.start("aanvraag", {"nummer": f"N-{number}", "toelichting": SECRET})
            todo.append((moment + timedelta(days=chance.choice((1, 2))), "beoordelen", key))
        elif what == "advies":
            platform.publish("advies", correlation_key=f"N-{number}", variables={"oordeel": SECRET})
            [case] = [i for i in platform.instances() if platform.instance(i.key).variables["nummer"] == f"N-{number}"]
            todo.append((moment + timedelta(days=1), "besluiten", case.key))
        else:
            for task in platform.tasks(state="CREATED", instance=number, element_id=what):
                good = chance.random() < 0.75
                platform.complete(task.key, {"akkoord": good} if what == "beoordelen" else {}, user=f"{what}-{number % 2}")
                if what == "beoordelen" and good:
                    name = platform.instance(number).variables["nummer"]
                    todo.append((moment + timedelta(days=10), "advies", int(name.removeprefix("N-"))))
    clock.set(MONDAY + timedelta(weeks=weeks))
    platform.run_due()


Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def filled(once: Once) -> Path:
    def fill(folder: Path) -> None:
        with Platform.open(settings_=_settings(folder / "flow.db"), clock=ManualClock(MONDAY), plugins=()) as platform:
            platform.deploy_content("aanvraag.bpmn", diagram().xml())
            play(platform, WEEKS_PLAYED)

    return once("forecasts", fill)


def _settings(file: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{file}", secret="x", synchronous="OFF", plugins="")


@pytest.fixture(scope="module")
def platform(filled: Path) -> Iterator[Platform]:
    with Platform.open(settings_=_settings(filled / "flow.db"), clock=ManualClock(NOW), plugins=()) as one:
        yield one


@pytest.fixture(scope="module")
def past(platform: Platform) -> History:
    return history(platform.services, "aanvraag", SYSTEM)


@pytest.fixture(scope="module")
def models(platform: Platform) -> list[Resource]:
    return deployed.models(platform.services)


FEW = {"weeks": 6, "futures": 4}
LONG = pytest.mark.skipif(not ALL, reason="seconds of futures; those around it play the same parts")


def expected(past: History, models: list[Resource], **given: Any) -> Forecast:
    return forecast(past, Assumptions(**{**FEW, **given}), models, plugins=())


def middle(made: Forecast, name: str) -> float:
    band = made.totals[name]
    assert band is not None, name
    return band.middle


# -- the past ---------------------------------------------------------------------------------------------------------------


def test_the_past_played_again_stands_where_the_cases_stand(platform: Platform, past: History, models: list[Resource]) -> None:
    with platform.context.db.read() as unit:
        real = observed.tasks(unit, "aanvraag", NOW)
    with Sandbox.open(models, plugins=()) as sandbox:
        seen = observe(sandbox, "aanvraag", past.stories, NOW, lambda _role: past.calendar)

    assert len(past.stories) == 3 * WEEKS_PLAYED
    assert seen.astray == {}
    assert Counter(one.place for one in seen.tasks) == Counter(place_of(one) for one in real if one.closed is None)
    assert len(seen.waits) > 0
    judged = [fate for fate in seen.fates["aanvraag/beoordelen"] if fate.answers]
    assert {round(fate.length / 60) for fate in judged} <= {8, 16, 0}  # one or two working days; some over a weekend
    advised = [fate.answers[0].seconds for fate in seen.fates["aanvraag/advies"] if fate.answers]
    assert {round(seconds / 86400) for seconds in advised} == {10}


def test_arrivals_staff_and_minutes_are_measured(platform: Platform, past: History) -> None:
    assert past.arrivals == [3] * (WEEKS_PLAYED - 1)  # whole weeks since the first began
    assert {group.roles: group.people for group in past.groups} == {("beoordelaar",): 2, ("jurist",): 2}
    assert measure(platform.services, "aanvraag", SYSTEM).a_week == 3


def test_nothing_that_anybody_wrote_is_in_the_past_or_the_forecast(past: History, models: list[Resource]) -> None:
    assert SECRET in str(SECRET)
    for kept in (pickle.dumps(past), json.dumps(as_json(expected(past, models))).encode()):
        assert b"Zeldzaam" not in kept
        assert b"Verborgen" not in kept


def test_only_who_may_try_models_reads_the_past(platform: Platform) -> None:
    with pytest.raises(Forbidden):
        history(platform.services, "aanvraag", Actor("karin", frozenset({"klantmanager"})))


def test_reading_the_past_is_logged(platform: Platform) -> None:
    history(platform.services, "aanvraag", SYSTEM)

    with platform.context.db.read() as unit:
        lines = audit.all_of(unit, "case.forecast")
    assert lines[-1]["detail"] == {"process": "aanvraag", "cases": 3 * WEEKS_PLAYED}


def test_a_process_without_cases_asks_for_scenarios(platform: Platform) -> None:
    with pytest.raises(InvalidInput, match="scenarios"):
        history(platform.services, "bestaat-niet", SYSTEM)


def test_what_has_not_ended_yet_is_drawn_as_longer_than_it_has_lasted() -> None:
    answer = (Answer(0, MONDAY, {"taak": "t"}),)
    fates = [Fate(0, MONDAY, 1, answer), Fate(1, MONDAY, 4), Fate(2, MONDAY, 9, answer), Fate(3, MONDAY, 20)]
    past = Past(Observed([], NOW, {"p/t": fates}, {}))

    drawn = [past.drawn("p/t", random.Random(n), -1.0) for n in range(200)]

    # Kaplan and Meier: a quarter takes 1; of the rest, half of those that reach 9 take 9, and the last was never seen to end.
    counts = Counter(one.length if one is not None else None for one in drawn)
    assert counts.keys() == {1, 9, None}
    assert 30 <= counts[1] <= 70
    assert 50 <= counts[9] <= 100
    assert {one.length for n in range(50) if (one := past.drawn("p/t", random.Random(n), 2.0)) is not None} == {9}
    assert past.drawn("p/t", random.Random(1), 9) is None
    assert past.drawn("p/elsewhere", random.Random(1), 0) is None


def test_a_case_goes_on_as_the_one_it_was_drawn_from(past: History, models: list[Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    fates = [Fate(1, MONDAY + timedelta(days=n), 5.0) for n in range(3)]
    other = Fate(1, MONDAY + timedelta(days=2), 7.0)
    known = Past(Observed([], NOW, {}, {(1, "p/t"): fates, (1, "p/u"): [other], (0, "p/t"): fates[:1]}))
    going = Going(1, "new 0", 0, {"p/t": 1, "p/elsewhere": 4})

    going.follow(known, fates[1])

    assert (going.story, going.times) == (1, {"p/t": 2, "p/u": 0})
    assert known.own(going.story, "p/u", going.come("p/u")) is other
    followed: list[Fate] = []
    monkeypatch.setattr(Going, "follow", lambda _going, _past, fate: followed.append(fate))
    expected(past, models, futures=2)
    assert followed  # of the examples some run on: nobody knows how they would have ended


def test_days_on_which_a_role_was_busy_are_not_waiting_of_the_case() -> None:
    done = [("jurist", "julia", MONDAY + timedelta(days=1, hours=9 + n)) for n in range(7)]
    busy = _busy(done, [Group(("jurist",), 1, 36)], {"jurist": 60.0})
    past = History("p", NOW, [], 0, [], [], {}, FreeDays(frozenset()), busy)

    assert busy == {"jurist": frozenset({date(2026, 3, 3)})}
    assert past.calendar_of("jurist").between(MONDAY, MONDAY + timedelta(days=3)) == 2 * 8 * 60
    assert past.calendar_of("balie").between(MONDAY, MONDAY + timedelta(days=3)) == 3 * 8 * 60
    assert _busy(done, [Group(("jurist",), 2, 36)], {"jurist": 60.0}) == {}


def test_what_has_stood_a_while_is_not_waited_for_again() -> None:
    d = Diagram("kort").start().user("doen", GROUP.format(group="jurist")).end("klaar").path("start", "doen", "klaar")
    begin, content = MONDAY + timedelta(hours=9), {"naam": "x", "proces": "kort", "gegevens": {}}
    deed = Deed(begin + timedelta(days=3), {"taak": "doen"})  # three working days
    stories = [Story(content, begin, [deed], deed.moment), Story(content, begin + timedelta(days=1), [], None)]
    past = History("kort", begin + timedelta(days=3, minutes=1), stories, 0, [], [Group(("jurist",), 1)], {}, FreeDays(frozenset()))

    made = forecast(past, Assumptions(weeks=1, futures=2, arrivals=0.0), [Resource("kort.bpmn", d.xml().encode())], plugins=())

    assert middle(made, "wait:jurist") == 3.0  # from Tuesday to Friday, of which two days had passed


# -- the future -------------------------------------------------------------------------------------------------------------


def test_a_forecast_goes_on_as_the_past_went(past: History, models: list[Resource]) -> None:
    made = expected(past, models, futures=10)

    assert middle(made, "begun") == 18
    assert 14 <= middle(made, "finished") <= 20
    assert 14 <= middle(made, "done:beoordelaar") <= 20
    assert 10 <= middle(made, "done:jurist") <= 16
    assert middle(made, "late:jurist") == 0
    assert made.left == {}
    assert made.shares["aanvraag/goed"]["goed_advies"] == pytest.approx(0.75, abs=0.15)


def test_the_running_cases_go_on_from_where_they_stand(past: History, models: list[Resource]) -> None:
    made = expected(past, models, arrivals=0.0, futures=2)

    assert made.running > 0
    assert middle(made, "finished") == made.running
    assert middle(made, "begun") == 0


@LONG
def test_the_same_seed_gives_the_same_forecast(past: History, models: list[Resource]) -> None:
    assert expected(past, models, futures=3) == expected(past, models, futures=3)
    assert expected(past, models, futures=3) != expected(past, models, futures=3, seed=2)


def test_too_few_people_let_work_pile_up_and_the_term_lapse(past: History, models: list[Resource]) -> None:
    busy = {"minutes": {"jurist": 240.0}}
    enough = expected(past, models, groups=(Group(("beoordelaar",), 2), Group(("jurist",), 2, 36)), **busy)
    short = expected(past, models, groups=(Group(("beoordelaar",), 2), Group(("jurist",), 1, 4)), **busy)

    assert middle(short, "open:jurist") > middle(enough, "open:jurist") + 1
    assert middle(short, "load:jurist") > 0.8 > middle(enough, "load:jurist")
    assert middle(short, "wait:jurist") > middle(enough, "wait:jurist")
    assert middle(short, "done:jurist") < middle(enough, "done:jurist")
    # Nobody waits longer than the boundary event lets them: the engine ends what is too late.
    assert middle(short, "wait:jurist") < 14


@LONG
def test_other_shares_take_the_place_of_the_conditions(past: History, models: list[Resource]) -> None:
    never = expected(past, models, weeks=4, shares={("aanvraag", "goed"): {"goed_afgewezen": 1}})
    always = expected(past, models, weeks=8, shares={("aanvraag", "goed"): {"goed_advies": 1}})

    assert middle(never, "done:jurist") < middle(always, "done:jurist") / 2


def test_another_term_is_the_engines_own(past: History, models: list[Resource]) -> None:
    short = expected(past, models, timers={("aanvraag", "te_laat"): "PT10M"})

    assert middle(short, "done:jurist") <= 2  # each lapses before anybody comes to it, but those that waited already
    assert middle(short, "open:jurist") == 0
    assert middle(short, "finished") >= 14


@LONG
def test_other_rules_hold_for_cases_that_begin_now(past: History, models: list[Resource]) -> None:
    changed = diagram().xml().replace("= akkoord", "= false")
    assert changed != diagram().xml()

    made = expected(past, models, weeks=10, resources=(Resource("aanvraag.bpmn", changed.encode()),))
    as_is = expected(past, models, weeks=10)

    assert 0 < middle(made, "done:jurist") < middle(as_is, "done:jurist") / 2  # only the cases that ran already


@LONG
def test_entered_arrivals_are_drawn_around_their_mean(past: History, models: list[Resource]) -> None:
    made = expected(past, models, weeks=8, futures=20, arrivals=10.0)
    band = made.totals["begun"]

    assert band is not None
    assert 65 <= band.middle <= 95  # 80 ± 1.7 times the standard deviation of a Poisson process
    assert band.low < band.middle < band.high
    assert middle(expected(past, models, arrivals=0.0), "begun") == 0


@LONG
def test_what_is_assumed_of_what_is_not_there_is_refused(past: History, models: list[Resource]) -> None:
    for given, says in (
        ({"timers": {("aanvraag", "beoordelen"): "P1D"}}, "not a timer"),
        ({"timers": {("elders", "te_laat"): "P1D"}}, "not a timer"),
        ({"shares": {("aanvraag", "goed"): {"verzonnen": 1}}}, "Its flows are goed_advies, goed_afgewezen"),
        ({"shares": {("aanvraag", "besluiten"): {"x": 1}}}, "not an exclusive gateway"),
        ({"groups": (Group(("jurits",), 1),)}, "No task of this process is for jurits. Its roles are beoordelaar, jurist."),
        ({"minutes": {"jurits": 3.0}}, "No task of this process is for jurits"), ({"weeks": 0}, "1 to 52 weeks"), ({"futures": 1000}, "2 to 200"), ({"arrivals": -1.0}, "0 or more"),
        ({"arrivals": 501.0}, "500 new cases a week"), ({"groups": [Group(("jurist",), 600)] * 2}, "at most 1000 people"),
        ({"shares": {("aanvraag", "goed"): {"goed_advies": 0}}}, "not all 0"),
    ):
        with pytest.raises(InvalidInput, match=says):
            expected(past, models, **given)


@LONG
def test_futures_are_the_same_however_many_processes_play_them(past: History, models: list[Resource]) -> None:
    given = Assumptions(weeks=3, futures=4)

    assert forecast(past, given, models, processes=2) == forecast(past, given, models, plugins=())


STORY = """\
naam: Een aanvraag wordt {word}
klok: 2026-03-02T09:00:00+01:00
proces: aanvraag
gegevens: {{nummer: A-1}}
stappen:
  - taak: beoordelen
    met: {{akkoord: {good}}}
  - verwacht: {{}}
"""
ADVISED = """\
  - tot: 2026-03-20T09:00:00+01:00
  - bericht: advies
    op: A-1
  - taak: besluiten
"""


@LONG
def test_scenarios_are_examples_of_a_process_that_has_no_cases() -> None:
    models = [Resource("aanvraag.bpmn", diagram().xml().encode())]
    told = [read(STORY.format(word="goed", good="true") + ADVISED, Path("a.yaml")), read(STORY.format(word="fout", good="false"), Path("b.yaml"))]
    groups = (Group(("beoordelaar",), 1), Group(("jurist",), 1))
    past = examples(told, NOW, lambda _day: "", groups)

    made = forecast(past, Assumptions(weeks=8, futures=6, arrivals=4.0, groups=groups, minutes={"jurist": 30.0}), models, plugins=())

    assert 24 <= middle(made, "begun") <= 40
    assert 3 <= middle(made, "done:jurist") < middle(made, "done:beoordelaar")
    assert made.left == {}


def test_programs_answer_as_they_did() -> None:
    d = Diagram("keten").start().service("vragen", "elders.vragen").xor("ja", default="ja_niets").user("kijken", GROUP.format(group="jurist"))
    d.end("klaar").end("niets").path("start", "vragen", "ja|gevonden", "kijken", "klaar").path("ja", "niets")
    story = "naam: Keten\nklok: 2026-03-02T09:00:00+01:00\nproces: keten\ngegevens: {}\nstappen:\n"
    found = "  - tot: 2026-03-04T09:00:00+01:00\n  - werk: elders.vragen\n    met: {gevonden: true}\n  - taak: kijken\n"
    models, groups = [Resource("keten.bpmn", d.xml().encode())], (Group(("jurist",), 2),)
    given = Assumptions(weeks=4, futures=2, arrivals=6.0, groups=groups)

    told = examples([read(story + found, Path("a.yaml"))], NOW, lambda _day: "", groups)
    answered = forecast(told, given, models, plugins=())
    silent = forecast(replace(told, stories=[replace(told.stories[0], deeds=[])]), given, models, plugins=())

    assert answered.left == {}
    assert middle(answered, "done:jurist") > 10
    assert middle(silent, "done:jurist") == 0
    assert silent.left["work:elders.vragen"] > 10  # nobody knows what it would answer: it is said


# -- how good it is ---------------------------------------------------------------------------------------------------------


def test_a_backtest_knows_nothing_of_what_came_after(platform: Platform, models: list[Resource]) -> None:
    begin = MONDAY + timedelta(weeks=8)
    past = history(platform.services, "aanvraag", SYSTEM, begin)

    assert len(past.stories) == 24
    assert max(deed.moment for one in past.stories for deed in one.deeds) < begin
    assert all(one.end is None or one.end < begin for one in past.stories)
    given = Assumptions(weeks=4, futures=10)
    compared = held_out(platform.services, past, forecast(past, given, models, plugins=()), given)
    assert {one.week for one in compared} == {0, 1, 2, 3}
    assert {one.figure for one in compared} >= {"begun", "finished", "running", "done", "open", "wait"}
    assert {one.real for one in compared if one.name == "begun"} == {3}
    part = share(compared)
    assert part is not None
    assert part > 0.6


@LONG
def test_bands_are_adjusted_by_earlier_weeks_alone(platform: Platform, models: list[Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inburgering_flow.workbench.backtests.forecast", lambda p, g, m, processes=None: forecast(p, g, m, plugins=()))
    moments = moments_before(NOW, 2, 4)

    first, second = backtest(platform.services, "aanvraag", SYSTEM, models, Assumptions(weeks=4, futures=6), moments)

    assert [moment.weekday() for moment in moments] == [0, 0]
    assert moments[-1] + timedelta(weeks=4) <= NOW
    assert first.adjusted == []
    assert {one.begin for one in second.adjusted} == {moments[1]}
    factors = factors_of(first.raw)
    for one, raw in zip(second.adjusted, [x for x in second.raw if x.begin == moments[1]], strict=True):
        assert one == replace(raw, band=raw.band.widened(factors.get(raw.figure, 1.0)))


# -- in the shell -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(filled: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command on what was filled, at the end of its weeks."""
    original = Platform.open

    def opened(**given: Any) -> Platform:
        return original(**given or {"settings_": _settings(filled / "flow.db"), "clock": ManualClock(NOW), "plugins": ()})

    monkeypatch.setattr(Platform, "open", opened)
    monkeypatch.setenv("INBURGERING_FLOW_PLUGINS", "")
    few = ["--weeks", "2", "--futures", "2", "--processes", "1"]
    return lambda *arguments: CliRunner().invoke(main, ["forecast", "aanvraag", *few, *arguments])


def test_the_shell_prints_a_forecast(shell: Callable[..., Result]) -> None:
    found = shell("--staff", "beoordelaar+jurist=1x20", "--minutes", "jurist=30")

    assert found.exit_code == 0, found.output
    assert "aanvraag: 2 weeks from" in found.output
    assert re.search(r"cases begun +\S+ +\S+ +\S+", found.output)
    assert "beoordelaar\n  tasks done" in found.output


@LONG
def test_the_shell_tells_how_good_earlier_forecasts_were(shell: Callable[..., Result]) -> None:
    found = shell("--backtest", "2", "--json")

    assert found.exit_code == 0, found.output
    said = json.loads(found.stdout)
    assert said["backtest"]["compared"] > said["backtest"]["adjusted"] > 0
    assert said["totals"]["begun"]
    assert said["begin"] == NOW.astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("--staff", "jurist"), "Write it as behandelaar+jurist=3x28"), (("--timer", "te_laat=P1D"), "Write it as process/element"),
        (("--arrivals", "veel"), "Give a number"), (("--share", "aanvraag/goed/elders=1"), "goed_advies, goed_afgewezen"),
    ],
)  # fmt: skip
def test_the_shell_says_what_it_cannot_read(shell: Callable[..., Result], given: tuple[str, ...], says: str) -> None:
    found = shell(*given)

    assert found.exit_code == 1
    assert says in found.output
    assert "Traceback" not in found.output


# -- small things -----------------------------------------------------------------------------------------------------------


def test_days_near_an_answer_go_along_with_it_and_others_stay() -> None:
    at = datetime.fromisoformat("2026-03-02T12:00:00+01:00")

    assert shifted(
        {"a": "2026-03-05", "b": ["2026-03-02T09:00:00+01:00"], "c": "1990-01-01", "d": 3, "e": "tekst"}, 7, at
    ) == {"a": "2026-03-12", "b": ["2026-03-09T09:00:00+01:00"], "c": "1990-01-01", "d": 3, "e": "tekst"}
    assert shifted("2026-13-45", 7, at) == "2026-13-45"


@pytest.mark.parametrize(
    ("text", "says"),
    [("jurist", "Write it as"), ("jurist=x", "not a number"), ("jurist=1,5", "whole people"), ("=2", "Write it as"), ("a=0", "1 to")],
)
def test_staff_that_cannot_be_read_is_refused(text: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        assumed.group(text)


def test_staff_is_read() -> None:
    assert assumed.group("klantmanager+handhaver=3x28,5") == Group(("klantmanager", "handhaver"), 3, 28.5)
    assert assumed.group("jurist=2") == Group(("jurist",), 2, 36.0)
    assert assumed.shares(["p/g/f=70", "p/g/h=30"]) == {("p", "g"): {"f": 70.0, "h": 30.0}}
    for text in ("p/g=1", "f=1"):
        with pytest.raises(InvalidInput):
            assumed.shares([text])

