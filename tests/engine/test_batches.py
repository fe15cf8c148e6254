"""The same change for many cases reaches those that it means, with what it carries."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from diagrams import Diagram

from engine.doing import deploy, open_tasks
from inburgering_flow.model import batches as kinds
from inburgering_flow.model.batches import Filter
from inburgering_flow.model.changes import Modification, Move, SetVariables
from inburgering_flow.platform import Platform


def test_a_batch_carries_variables_of_every_type(platform: Platform) -> None:
    deploy(platform, Diagram().start().user("a").user("b").end().path("start", "a", "b", "end"))
    key = platform.start("p")
    values = SetVariables({"bedrag": Decimal("1.10"), "dag": date(2026, 1, 1)})

    platform.services.batches.create(
        kinds.MODIFY, keys=[key], modification=Modification(move=[Move("b", "a", variables=[values])])
    )
    platform.run_due()

    assert platform.instance(key).variables == {"bedrag": Decimal("1.10"), "dag": "2026-01-01"}


def test_a_batch_retries_the_cases_of_a_process_also_where_what_they_called_is_stuck(platform: Platform) -> None:
    called = Diagram("kind").start().script("s", "assert(x, x > 1)", "r").user("u").end().path("start", "s", "u", "end")
    deploy(platform, called, Diagram().start().call("c", "kind").end().path("start", "c", "end"))
    key = platform.start("p", {"x": 0})
    [inside] = platform.instances("kind")
    platform.services.processes.set_variables(inside.key, {"x": 2})

    platform.services.batches.create(kinds.RESOLVE, filter=Filter(process_id="p", has_incident=True))
    platform.run_due()

    assert open_tasks(platform, key) == ["u"]
