"""What a person sees of a task whose listeners are at work, or have denied what was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from diagrams import Diagram

from inburgering_flow.platform import Platform

LISTENER = '<zeebe:taskListeners><zeebe:taskListener eventType="completing" type="nakijken"/></zeebe:taskListeners>'
GROUP = '<zeebe:assignmentDefinition candidateGroups="klantmanager"/>'


def test_the_page_says_that_a_task_is_being_handled_and_why_it_was_not_completed(
    law: Platform, as_user: Callable[[str], Any]
) -> None:
    law.context.handlers["nakijken"] = lambda job, work: work.deny("Voeg eerst het <verslag> toe.")
    law.deploy_content("p.bpmn", Diagram().start().user("t", LISTENER + GROUP).end().path("start", "t", "end").xml())
    key = law.start("p", owner="karin")
    task = law.tasks(instance=key)[0]
    browser = as_user("karin")
    browser.post(f"/taken/{task.key}/oppakken")
    browser.post(f"/taken/{task.key}/afronden")

    assert "wordt nu verwerkt" in browser.get(f"/taken/{task.key}").text
    law.run_due()
    page = browser.get(f"/taken/{task.key}").text
    assert "De taak is nog niet afgerond:" in page
    assert "Voeg eerst het &lt;verslag&gt; toe." in page
    assert "wordt nu verwerkt" not in page


def test_the_page_of_a_stopped_case_says_that_listeners_are_still_at_work(
    law: Platform, as_user: Callable[[str], Any]
) -> None:
    law.context.handlers["nakijken"] = lambda job, work: None
    listener = LISTENER.replace("completing", "canceling")
    inside = Diagram("p").start().user("t", listener + GROUP).end().path("start", "t", "end")
    law.deploy_content("p.bpmn", inside.xml())
    key = law.start("p", owner="karin")
    browser = as_user("karin")
    assert "wordt gestopt" not in browser.get(f"/zaken/{key}").text

    law.cancel(key)

    page = browser.get(f"/zaken/{key}").text
    assert "De zaak wordt gestopt." in page
    assert "wordt afgebroken" in browser.get(f"/zaken/{key}/diagram").text
    assert "wacht op een bericht" not in page
    law.run_due()
    page = browser.get(f"/zaken/{key}/diagram").text
    assert "De zaak is gestopt sinds" in page
    assert "wordt afgebroken" not in page
