"""Whether a node lives and may take visitors, the nodes on the operator's page, and the metrics for whoever knows the word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from diagrams import Diagram
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from inburgering_flow.app import create_app
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.settings import Settings
from inburgering_flow.store import nodes
from inburgering_flow.store import tables as t
from web.conftest import Browser

WORK = Diagram().start().service("s", "werk").end().path("start", "s", "end").xml()


def sample(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return the samples of an exposition, read by the official parser."""
    return {
        (one.name, tuple(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.fixture
def busy(open_platform: Callable[..., Platform]) -> Platform:
    """Three jobs due since ten minutes, of which one is being done, and a fourth that stands still."""

    def fails(_job: object, _work: object) -> None:
        raise ValueError("Zuhre Çelik, 999912345")

    settings = Settings(secret="t", synchronous="OFF", password_memory=64, metrics_token="a word")
    platform = open_platform(settings_=settings, handlers={"werk": lambda _job, _work: None, "stuk": fails})
    platform.deploy_content("p.bpmn", WORK)
    platform.deploy_content("q.bpmn", Diagram("q").start().service("s", "stuk").end().path("start", "s", "end").xml())
    platform.start("q")
    platform.run_due()
    keys = [platform.start("p") for _ in range(3)]
    with platform.context.db.write() as unit:
        now = unit.server_time() or platform.context.real()
        held = update(t.job).where(t.job.c.instance_key == keys[0])
        unit.connection.execute(held.values(lease_owner="x", lease_until=now + timedelta(seconds=30)))
    platform.clock.advance(minutes=10)
    return platform


def test_metrics_count_what_is_due_and_say_nothing_about_a_person(busy: Platform) -> None:
    client = create_app(busy.services).test_client()

    answer = client.get("/metrics", headers={"Authorization": "Bearer a word"})

    found = sample(answer.text)
    assert found["flow_due_jobs", ("werk",)] == 3
    assert found["flow_leased_jobs", ("werk",)] == 1
    assert found["flow_due_lag_seconds", ("werk",)] == 600
    assert found["flow_dead_jobs", ()] == 1
    assert found["process_resident_memory_bytes", ()] > 1_000_000
    assert "Çelik" not in answer.text
    assert "999912345" not in answer.text


def test_metrics_are_for_whoever_knows_the_word(busy: Platform, open_platform: Callable[..., Platform]) -> None:
    client = create_app(busy.services).test_client()

    for given in ({}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer é"}):
        answer = client.get("/metrics", headers=given)
        assert (answer.status_code, answer.text) == (401, "")
    assert create_app(open_platform().services).test_client().get("/metrics").status_code == 404


def test_a_node_that_was_told_to_end_lives_but_takes_no_visitors(busy: Platform) -> None:
    client = create_app(busy.services).test_client()
    assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (200, 200)

    busy.drain()

    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_the_operator_sees_what_is_due_and_what_stands_still(
    law: Platform, as_user: Callable[[str], Browser]
) -> None:
    page = as_user("bram").get("/beheer").text

    assert "Wat nu aan de beurt is" in page
    assert "Geen werk staat stil door een storing." in page


def test_the_operator_sees_which_machine_has_a_wrong_clock(law: Platform, as_user: Callable[[str], Browser]) -> None:
    with law.context.db.write() as unit:
        told = {"name": "machine 2", "role": "worker", "version": "1", "schema_version": "1"}
        number = nodes.lease(unit, "another process", wanted=None, most=100, **told)
        assert number is not None
        nodes.renew(unit, number, "another process", {"facts": {"clock_off": -300}})
    try:
        page = as_user("bram").get("/beheer").text
        assert "De klok van deze machine wijkt 300 seconden af van die van de database." in page
    finally:
        with law.context.db.write() as unit:
            nodes.give_back(unit, number, "another process")


def test_nodes_are_shown_with_what_they_do_where_there_can_be_several(
    make_database: Callable[[str], str], tmp_path: Path
) -> None:
    url = make_database("postgresql")
    settings = Settings(secret="t", password_memory=64)
    opened = [Platform.open(url, plugins=[], settings_=settings) for _ in range(2)]
    one, two = opened
    try:
        one.keep_node("serve")
        two.keep_node("worker")
        two.drain()

        found = one.services.capacity.load(Actor("o", is_system=True)).nodes

        assert {(node.role, node.is_draining) for node in found} == {("serve", False), ("worker", True)}
        names = sample(one.services.capacity.metrics().decode())
        assert names["flow_nodes", ("false", "serve")] == names["flow_nodes", ("true", "worker")] == 1
    finally:
        for platform in opened:
            platform.close()
