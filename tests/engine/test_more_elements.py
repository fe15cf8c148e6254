"""The rest of BPMN, element by element: gateways that look ahead, signals, conditions, compensation, loops, ad-hoc, data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from diagrams import Diagram, message_event, timer

from engine.test_elements import deploy, do, history, leftovers, open_tasks
from inburgering_flow.errors import Conflict, DeploymentRejected, InvalidInput
from inburgering_flow.platform import Platform

SIGNAL = '<bpmn:signalEventDefinition signalRef="s"/>'
COMPENSATE = "<bpmn:compensateEventDefinition/>"


def signal(diagram: Diagram) -> Diagram:
    diagram.definitions.append('<bpmn:signal id="s" name="alarm"/>')
    return diagram


def condition(text: str) -> str:
    return f"<bpmn:conditionalEventDefinition><bpmn:condition>= {text}</bpmn:condition></bpmn:conditionalEventDefinition>"


def states(platform: Platform, key: int) -> dict[str, str]:
    return dict(history(platform, key))


def finished(platform: Platform, key: int) -> bool:
    return platform.instance(key).state == "COMPLETED" and leftovers(platform) == {}


def trace(name: str) -> str:
    return f'concatenate(if spoor = null then [] else spoor, ["{name}"])'


def undo(diagram: Diagram, activity: str) -> Diagram:
    """Give an activity a compensation handler that writes a line into ``spoor``."""
    diagram.boundary(f"{activity}_terug", activity, COMPENSATE)
    diagram.node("scriptTask", f"undo_{activity}", f'<zeebe:script expression="= {trace(activity)}" resultVariable="spoor"/>'
                 .replace('["', "[&quot;").replace('"])', "&quot;])"), isForCompensation="true")  # fmt: skip
    return diagram.add(f'<bpmn:association id="a_{activity}" sourceRef="{activity}_terug" targetRef="undo_{activity}"/>')


# -- gateways ----------------------------------------------------------------------------------------------------------


def test_an_inclusive_gateway_waits_for_exactly_the_branches_that_were_taken(platform: Platform) -> None:
    d = Diagram().start().node("inclusiveGateway", "g").user("a").user("b").user("c").node("inclusiveGateway", "j").user("na").end()
    d.path("start", "g|x > 1", "a", "j", "na", "end").path("g|x > 2", "b", "j").path("g|x > 3", "c", "j")
    deploy(platform, d)
    key = platform.start("p", {"x": 3})

    assert open_tasks(platform, key) == ["a", "b"]
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]
    do(platform, key, "b")
    assert open_tasks(platform, key) == ["na"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_an_inclusive_join_goes_on_when_a_branch_ends_elsewhere(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").user("b").xor("x", "x_weg").end("weg").node("inclusiveGateway", "j").end()
    d.path("start", "s", "a", "j", "end").path("s", "b", "x|mee", "j").path("x", "weg")
    deploy(platform, d)
    key = platform.start("p", {"mee": False})
    do(platform, key, "a")
    assert states(platform, key).get("end") is None
    do(platform, key, "b")

    assert finished(platform, key)
    assert "end" in states(platform, key)


def test_a_complex_gateway_fires_at_its_condition_and_takes_late_tokens_away(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").user("b").user("c").user("na").end()
    d.node("complexGateway", "j", body="<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>")
    d.path("start", "s", "a", "j", "na", "end").path("s", "b", "j").path("s", "c", "j")
    deploy(platform, d)
    key = platform.start("p")
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b", "c"]
    do(platform, key, "b")
    assert open_tasks(platform, key) == ["c", "na"]
    do(platform, key, "c")
    do(platform, key, "na")

    assert finished(platform, key)
    assert [e for e, _ in history(platform, key)].count("na") == 1


# -- events ------------------------------------------------------------------------------------------------------------


def test_a_signal_reaches_every_waiting_instance_and_starts_processes(platform: Platform) -> None:
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    starts = signal(Diagram("begint").start(body=SIGNAL).user("t").end().path("start", "t", "end"))
    throws = signal(Diagram("roept").start().end(body=SIGNAL).path("start", "end"))
    deploy(platform, waits, starts, throws)
    keys = [platform.start("wacht") for _ in range(120)]

    platform.start("roept")
    platform.run_due()

    assert {platform.instance(k).state for k in keys} == {"COMPLETED"}
    assert len(platform.instances("begint")) == 1


def test_a_signal_interrupts_its_own_sub_process_at_once(platform: Platform) -> None:
    inside = signal(Diagram().start("s2").node("intermediateThrowEvent", "t", body=SIGNAL).user("nooit").path("s2", "t", "nooit"))
    d = Diagram().start().sub("sub", inside).boundary("b", "sub", SIGNAL).user("opgevangen").end()
    deploy(platform, d.path("start", "sub").path("b", "opgevangen", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["opgevangen"]
    assert "nooit" not in states(platform, key)


def test_a_condition_happens_when_it_becomes_true(platform: Platform) -> None:
    d = Diagram().start().both("s").user("a").node("intermediateCatchEvent", "c", body=condition("bedrag > 10")).user("na").end()
    deploy(platform, d.path("start", "s", "a").path("s", "c", "na", "end"))
    key = platform.start("p", {"bedrag": 1})
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a", {"bedrag": 11})

    assert open_tasks(platform, key) == ["na"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_a_non_interrupting_condition_must_be_false_before_it_happens_again(platform: Platform) -> None:
    d = Diagram().start().user("a").boundary("b", "a", condition("x > 1"), interrupting=False).user("extra").end().end("e2")
    deploy(platform, d.path("start", "a", "end").path("b", "extra", "e2"))
    key = platform.start("p", {"x": 0})
    for value in (2, 3, 0, 5):
        platform.services.processes.set_variables(key, {"x": value})

    assert open_tasks(platform, key) == ["a", "extra", "extra"]


def test_a_link_jumps_to_its_target(platform: Platform) -> None:
    link = '<bpmn:linkEventDefinition name="L"/>'
    d = Diagram().start().node("intermediateThrowEvent", "van", body=link).node("intermediateCatchEvent", "naar", body=link)
    deploy(platform, d.user("t").end().path("start", "van").path("naar", "t", "end"))
    key = platform.start("p")
    do(platform, key, "t")

    assert finished(platform, key)


def test_a_link_without_target_is_refused(platform: Platform) -> None:
    d = Diagram().start().node("intermediateThrowEvent", "van", body='<bpmn:linkEventDefinition name="L"/>').path("start", "van")

    with pytest.raises(DeploymentRejected, match="catches 'L'"):
        deploy(platform, d)


def test_a_multiple_event_takes_the_first_and_a_parallel_one_needs_all(platform: Platform) -> None:
    parts = message_event("m") + timer("timeDuration", "PT1H")
    one = Diagram("een").message("m", "bericht").start().node("intermediateCatchEvent", "c", body=parts).end()
    both = Diagram("alle").message("m", "bericht").start()
    both.node("intermediateCatchEvent", "c", body=parts, parallelMultiple="true").end()
    deploy(platform, one.path("start", "c", "end"), both.path("start", "c", "end"))
    first, second = platform.start("een", {"sleutel": "k"}), platform.start("alle", {"sleutel": "k"})

    platform.publish("bericht", correlation_key="k")
    assert (platform.instance(first).state, platform.instance(second).state) == ("COMPLETED", "ACTIVE")
    platform.clock.advance(hours=2)
    platform.run_due()
    assert finished(platform, second)


def test_an_event_may_refer_to_a_definition_of_the_file(platform: Platform) -> None:
    d = signal(Diagram().start().end(body="<bpmn:eventDefinitionRef>ed</bpmn:eventDefinitionRef>").path("start", "end"))
    d.definitions.append('<bpmn:signalEventDefinition id="ed" signalRef="s"/>')
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    deploy(platform, d, waits)
    key = platform.start("wacht")
    platform.start("p")

    assert platform.instance(key).state == "COMPLETED"


def test_a_cron_timer_fires_at_its_next_moment(platform: Platform) -> None:
    d = Diagram().start().user("a").boundary("b", "a", timer("timeCycle", "0 0 9 * * *"), interrupting=False).end().end("e2")
    deploy(platform, d.path("start", "a", "end").path("b", "e2"))
    key = platform.start("p")
    for _ in range(3):
        platform.clock.advance(days=1)
        platform.run_due()

    assert [e for e, _ in history(platform, key)].count("e2") == 3


# -- compensation ------------------------------------------------------------------------------------------------------


def test_compensation_undoes_in_reverse_order_and_then_goes_on(platform: Platform) -> None:
    d = Diagram().start().user("a").user("b").node("intermediateThrowEvent", "terug", body=COMPENSATE).user("na").end()
    undo(d, "a")
    undo(d, "b")
    deploy(platform, d.path("start", "a", "b", "terug", "na", "end"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).variables["spoor"] == ["b", "a"]
    do(platform, key, "na")
    assert finished(platform, key)


def test_compensation_of_one_activity_undoes_only_that(platform: Platform) -> None:
    body = '<bpmn:compensateEventDefinition activityRef="a"/>'
    d = Diagram().start().user("a").user("b").end("terug", body=body)
    undo(d, "a")
    undo(d, "b")
    deploy(platform, d.path("start", "a", "b", "terug"))
    key = platform.start("p")
    do(platform, key, "a")
    do(platform, key, "b")

    assert platform.instance(key).variables["spoor"] == ["a"]
    assert finished(platform, key)


def test_a_completed_sub_process_is_undone_from_inside(platform: Platform) -> None:
    inside = Diagram().start("s2").user("a").user("b").end("e2")
    undo(inside, "a")
    undo(inside, "b")
    d = Diagram().start().sub("sub", inside.path("s2", "a", "b", "e2")).user("tussen").end("terug", body=COMPENSATE)
    deploy(platform, d.path("start", "sub", "tussen", "terug"))
    key = platform.start("p", {"spoor": None})
    for name in ("a", "b", "tussen"):
        do(platform, key, name)

    assert platform.instance(key).variables["spoor"] == ["b", "a"]
    assert finished(platform, key)


def test_a_cancelled_transaction_is_undone_and_left_by_its_cancel_event(platform: Platform) -> None:
    inside = Diagram().start("s2").user("a").end("annuleer", body="<bpmn:cancelEventDefinition/>").path("s2", "a", "annuleer")
    undo(inside, "a")
    d = Diagram().start().node("transaction", "tx", body="".join(inside.parts)).end("goed").user("geannuleerd").end()
    d.boundary("c", "tx", "<bpmn:cancelEventDefinition/>").path("start", "tx", "goed").path("c", "geannuleerd", "end")
    deploy(platform, d)
    key = platform.start("p", {"spoor": None})
    do(platform, key, "a")

    assert platform.instance(key).variables["spoor"] == ["a"]
    assert open_tasks(platform, key) == ["geannuleerd"]
    do(platform, key, "geannuleerd")
    assert finished(platform, key)
    assert "goed" not in states(platform, key)


# -- loops, quantities, ad-hoc -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("attributes", "start", "rounds"), [('testBefore="true"', 3, 0), ("", 3, 1), ("", 0, 3)])
def test_a_standard_loop_tests_before_or_after(platform: Platform, attributes: str, start: int, rounds: int) -> None:
    body = f"<bpmn:standardLoopCharacteristics {attributes}><bpmn:loopCondition>= n &lt; 3</bpmn:loopCondition></bpmn:standardLoopCharacteristics>"
    d = Diagram().start().end()
    d.node("scriptTask", "t", '<zeebe:script expression="= n + 1" resultVariable="n"/>', body)
    deploy(platform, d.path("start", "t", "end"))
    key = platform.start("p", {"n": start})

    assert platform.instance(key).variables["n"] == start + rounds
    assert finished(platform, key)


def test_a_standard_loop_stops_at_its_maximum(platform: Platform) -> None:
    d = Diagram().start().end()
    d.node("scriptTask", "t", '<zeebe:script expression="= n + 1" resultVariable="n"/>',
           '<bpmn:standardLoopCharacteristics loopMaximum="4"/>')  # fmt: skip
    deploy(platform, d.path("start", "t", "end"))

    assert platform.instance(platform.start("p", {"n": 0})).variables["n"] == 4


def test_a_cardinality_makes_so_many_instances(platform: Platform) -> None:
    body = "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>= 3</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    deploy(platform, Diagram().start().user("t", body=body).end().path("start", "t", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["t", "t", "t"]


@pytest.mark.parametrize(("behavior", "heard"), [("None", 3), ("One", 1), ("All", 0)])
def test_a_multi_instance_activity_throws_as_its_behavior_says(platform: Platform, behavior: str, heard: int) -> None:
    body = (
        f'<bpmn:multiInstanceLoopCharacteristics behavior="{behavior}"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    d = Diagram().start().user("t", body=body).end().end("e2")
    d.boundary("b", "t", "<bpmn:signalEventDefinition/>", interrupting=False)
    deploy(platform, d.path("start", "t", "end").path("b", "e2"))
    key = platform.start("p")
    for _ in range(3):
        do(platform, key, "t")

    assert [e for e, _ in history(platform, key)].count("e2") == heard
    assert finished(platform, key)


def test_quantities_multiply_and_gather_tokens(platform: Platform) -> None:
    d = Diagram().start().node("task", "a", completionQuantity="3").node("task", "b").node("task", "c", startQuantity="3").end()
    deploy(platform, d.path("start", "a", "b", "c", "end"))
    key = platform.start("p")
    names = [e for e, _ in history(platform, key)]

    assert (names.count("a"), names.count("b"), names.count("c")) == (1, 3, 1)
    assert finished(platform, key)


def test_a_parallel_ad_hoc_sub_process_stops_at_its_condition(platform: Platform) -> None:
    inside = "<bpmn:completionCondition>= klaar = true</bpmn:completionCondition>" + "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Parallel").end()
    deploy(platform, d.path("start", "ah", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["a", "b"]
    do(platform, key, "a", {"klaar": True})

    assert states(platform, key)["b"] == "TERMINATED"
    assert finished(platform, key)


def test_a_sequential_ad_hoc_sub_process_goes_one_by_one(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Sequential").end()
    deploy(platform, d.path("start", "ah", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == ["a"]
    do(platform, key, "a")
    assert open_tasks(platform, key) == ["b"]
    do(platform, key, "b")
    assert finished(platform, key)


def test_an_ad_hoc_sub_process_whose_condition_never_held_is_asked_again_when_it_is_retried(platform: Platform) -> None:
    inside = "<bpmn:completionCondition>= klaar = true</bpmn:completionCondition>" + "".join(Diagram().user("a").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", body=inside, ordering="Parallel").user("b").end()
    deploy(platform, d.path("start", "ah", "b", "end"))
    key = platform.start("p")
    do(platform, key, "a", {"klaar": False})
    (incident,) = (i for i in platform.instance(key).incidents if i.state == "ACTIVE")
    assert "its completion condition 'klaar = true' does not hold" in incident.error_message

    platform.services.processes.set_variables(key, {"klaar": True})
    platform.resolve(incident.key)

    assert open_tasks(platform, key) == ["b"]
    assert not platform.instance(key).has_incident


# -- starting, calling, data -------------------------------------------------------------------------------------------


def test_a_process_without_start_event_begins_at_what_no_flow_leads_to(platform: Platform) -> None:
    deploy(platform, Diagram().user("a").user("b").end().path("a", "end"))
    key = platform.start("p")

    assert open_tasks(platform, key) == ["a", "b"]


def test_a_receive_task_may_start_a_process(platform: Platform) -> None:
    d = Diagram().message("m", "begin").node("receiveTask", "r", messageRef="m", instantiate="true").user("t").end()
    deploy(platform, d.path("r", "t", "end"))
    platform.publish("begin", correlation_key="k", variables={"x": 1})

    assert [(i.state, platform.instance(i.key).variables) for i in platform.instances("p")] == [("ACTIVE", {"x": 1})]


def test_a_parallel_event_gateway_starts_and_needs_every_event(platform: Platform) -> None:
    d = Diagram().message("m1", "een", "= sleutel").message("m2", "twee", "= sleutel")
    d.node("eventBasedGateway", "g", instantiate="true", eventGatewayType="Parallel")
    d.node("intermediateCatchEvent", "c1", body=message_event("m1")).node("intermediateCatchEvent", "c2", body=message_event("m2"))
    deploy(platform, d.both("j").end().path("g", "c1", "j", "end").path("g", "c2", "j"))
    platform.publish("een", correlation_key="k", variables={"sleutel": "k"})
    key = platform.instances("p")[0].key
    assert platform.instance(key).state == "ACTIVE"
    platform.publish("twee", correlation_key="k")

    assert finished(platform, key)


def test_a_global_task_is_called_like_a_process(platform: Platform) -> None:
    d = Diagram().start().node("callActivity", "c", calledElement="gt").end().path("start", "c", "end")
    d.definitions.append('<bpmn:globalUserTask id="gt" name="Globaal"/>')
    deploy(platform, d)
    key = platform.start("p")
    task = platform.tasks(state="CREATED", instance=key)[0]
    platform.complete(task.key)

    assert task.name == "Globaal"
    assert finished(platform, key)


def test_a_data_object_of_a_sub_process_stays_inside(platform: Platform) -> None:
    inside = Diagram().add('<bpmn:dataObject id="d1" name="binnen"/>').start("s2").script("t", "5", "binnen").script("u", "binnen + 1", "buiten")
    d = Diagram().start().sub("sub", inside.end("e2").path("s2", "t", "u", "e2")).end().path("start", "sub", "end")
    deploy(platform, d)

    assert platform.instance(platform.start("p")).variables == {"buiten": 6}


def test_a_send_task_without_job_type_publishes_its_message(platform: Platform) -> None:
    waits = Diagram("wacht").message("m", "bericht").start().node("intermediateCatchEvent", "c", body=message_event("m")).end()
    sends = Diagram("stuurt").message("m", "bericht").start().node("sendTask", "s", messageRef="m").end()
    deploy(platform, waits.path("start", "c", "end"), sends.path("start", "s", "end"))
    key = platform.start("wacht", {"sleutel": "k"})
    platform.start("stuurt", {"sleutel": "k"})

    assert platform.instance(key).state == "COMPLETED"


def test_execution_listeners_run_before_and_after_the_work(open_platform: Callable[..., Platform]) -> None:
    seen: list[str] = []

    def listener(job, work):  # type: ignore[no-untyped-def]
        seen.append(job.type)
        return {"gehoord": job.type}

    platform = open_platform(handlers={"voor": listener, "na": listener})
    extension = (
        '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="voor"/>'
        '<zeebe:executionListener eventType="end" type="na"/></zeebe:executionListeners>'
    )
    deploy(platform, Diagram().start().user("t", extension).end().path("start", "t", "end"))
    key = platform.start("p")
    assert open_tasks(platform, key) == []
    platform.run_due()
    do(platform, key, "t")
    assert platform.instance(key).state == "ACTIVE"
    platform.run_due()

    assert seen == ["voor", "na"]
    assert finished(platform, key)


def test_a_camunda_7_condition_that_only_compares_is_read_as_feel(platform: Platform) -> None:
    d = Diagram().start().xor("g", "g_b").user("a").user("b").end()
    d.add('<bpmn:sequenceFlow id="g_a" sourceRef="g" targetRef="a"><bpmn:conditionExpression>${bedrag &gt; 10 &amp;&amp; !klaar}'
          "</bpmn:conditionExpression></bpmn:sequenceFlow>")  # fmt: skip
    deploy(platform, d.path("start", "g", "b", "end").path("a", "end"))

    assert open_tasks(platform, platform.start("p", {"bedrag": 11, "klaar": False})) == ["a"]


def test_a_camunda_7_expression_that_calls_code_is_refused(platform: Platform) -> None:
    d = Diagram().start().user("a").end()
    d.add('<bpmn:sequenceFlow id="f" sourceRef="start" targetRef="a"><bpmn:conditionExpression>${bean.doe()}'
          "</bpmn:conditionExpression></bpmn:sequenceFlow>")  # fmt: skip

    with pytest.raises(DeploymentRejected, match="Camunda 7 expression"):
        deploy(platform, d.path("a", "end"))


# -- from outside ------------------------------------------------------------------------------------------------------


def test_a_signal_from_outside_reaches_everybody_in_batches_and_is_not_kept(platform: Platform) -> None:
    waits = signal(Diagram("wacht").start().node("intermediateCatchEvent", "c", body=SIGNAL).end().path("start", "c", "end"))
    deploy(platform, waits)
    keys = [platform.start("wacht") for _ in range(230)]

    assert len(platform.broadcast("alarm", {"x": 1})) == 100
    platform.run_due()
    late = platform.start("wacht")

    assert {platform.instance(k).state for k in keys} == {"COMPLETED"}
    assert platform.instance(late).state == "ACTIVE"
    assert platform.instance(keys[-1]).variables == {"x": 1}


def test_an_ad_hoc_sub_process_waits_for_activation_from_outside(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    d = Diagram().start().node("adHocSubProcess", "ah", "<zeebe:adHoc/>", inside).end().path("start", "ah", "end")
    deploy(platform, d)
    key = platform.start("p")
    row = next(e.key for e in platform.instance(key).elements if e.element_id == "ah")
    assert open_tasks(platform, key) == []

    with pytest.raises(InvalidInput, match="has no activity weg"):
        platform.activate_ad_hoc(row, ["weg"])
    platform.activate_ad_hoc(row, ["b", "b"])
    assert open_tasks(platform, key) == ["b", "b"]
    do(platform, key, "b")
    do(platform, key, "b")
    assert finished(platform, key)
    with pytest.raises(Conflict):
        platform.activate_ad_hoc(row, ["a"])


def test_named_elements_of_an_ad_hoc_sub_process_begin(platform: Platform) -> None:
    inside = "".join(Diagram().user("a").user("b").parts)
    extension = '<zeebe:adHoc activeElementsCollection="= kies"/>'
    d = Diagram().start().node("adHocSubProcess", "ah", extension, inside).end().path("start", "ah", "end")
    deploy(platform, d)

    assert open_tasks(platform, platform.start("p", {"kies": ["b"]})) == ["b"]


# -- more of the above ---------------------------------------------------------------------------------------------------


def test_a_compensation_event_sub_process_undoes_its_sub_process(platform: Platform) -> None:
    handler = Diagram().start("s3", COMPENSATE).script("terugdraai", "waarde", "teruggedraaid").end("e3")
    handler.path("s3", "terugdraai", "e3")
    inside = Diagram().add('<bpmn:dataObject id="do" name="waarde"/>').start("s2").script("zet", "7", "waarde").end("e2")
    inside.path("s2", "zet", "e2").sub("terug_sub", handler, event=True)
    d = Diagram().start().sub("sub", inside).user("t").end("terug", COMPENSATE)
    deploy(platform, d.path("start", "sub", "t", "terug"))
    key = platform.start("p")
    do(platform, key, "t")

    assert platform.instance(key).variables == {"teruggedraaid": 7}
    assert finished(platform, key)


def test_a_complex_behavior_throws_where_its_condition_holds(platform: Platform) -> None:
    body = (
        '<bpmn:multiInstanceLoopCharacteristics behavior="Complex"><bpmn:loopCardinality>3</bpmn:loopCardinality>'
        '<bpmn:complexBehaviorDefinition id="cb"><bpmn:condition>= numberOfCompletedInstances = 2</bpmn:condition>'
        '<bpmn:event id="cbe"><bpmn:signalEventDefinition id="cbs" signalRef="s"/></bpmn:event>'
        "</bpmn:complexBehaviorDefinition></bpmn:multiInstanceLoopCharacteristics>"
    )
    d = signal(Diagram().start().user("t", body=body).end().end("e2")).boundary("b", "t", SIGNAL, interrupting=False)
    deploy(platform, d.path("start", "t", "end").path("b", "e2"))
    key = platform.start("p")
    counts = []
    for _ in range(3):
        do(platform, key, "t")
        counts.append([e for e, _ in history(platform, key)].count("e2"))

    assert counts == [0, 1, 1]


def test_a_call_activity_is_bound_to_a_version_tag(platform: Platform) -> None:
    for tag in ("1.0", "2.0"):
        kind = Diagram("kind").add(f'<bpmn:extensionElements><zeebe:versionTag value="{tag}"/></bpmn:extensionElements>')
        deploy(platform, kind.start().user(f"t{tag[0]}").end().path("start", f"t{tag[0]}", "end"))
    top = Diagram().start().call("c", "kind", attributes='bindingType="versionTag" versionTag="1.0"').end()
    deploy(platform, top.path("start", "c", "end"))

    assert open_tasks(platform, platform.start("p")) == ["t1"]


def test_data_associations_carry_values_in_and_out(platform: Platform) -> None:
    d = Diagram().add('<bpmn:dataObject id="d1" name="teller"/><bpmn:dataObjectReference id="r1" dataObjectRef="d1"/>')
    body = (
        '<bpmn:ioSpecification id="io"><bpmn:dataInput id="di" name="invoer"/><bpmn:dataOutput id="uit" name="uitvoer"/>'
        "</bpmn:ioSpecification><bpmn:dataInputAssociation id=\"x\"><bpmn:sourceRef>r1</bpmn:sourceRef>"
        "<bpmn:targetRef>di</bpmn:targetRef></bpmn:dataInputAssociation><bpmn:dataOutputAssociation id=\"y\">"
        "<bpmn:sourceRef>uit</bpmn:sourceRef><bpmn:targetRef>r1</bpmn:targetRef></bpmn:dataOutputAssociation>"
    )
    d.start().script("zet", "1", "teller").node("scriptTask", "t", '<zeebe:script expression="= invoer + 1" resultVariable="uitvoer"/>', body)
    deploy(platform, d.end().path("start", "zet", "t", "end"))

    assert platform.instance(platform.start("p")).variables["teller"] == 2


def test_a_failing_mapping_names_the_expression_and_the_types_of_what_it_reads(platform: Platform) -> None:
    extension = '<zeebe:loopCharacteristics inputCollection="= bedrag" inputElement="x"/>'
    body = f"<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>{extension}</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    deploy(platform, Diagram().start().user("t", body=body).end().path("start", "t", "end"))
    key = platform.start("p", {"bedrag": 5})

    message = platform.instance(key).incidents[0].error_message
    assert "bedrag" in message
    assert "number" in message


def test_a_complex_gateway_in_a_loop_waits_in_each_round_for_whom_it_has_not_seen(platform: Platform) -> None:
    d = Diagram().start().xor("merge").both("s").user("a").user("b").user("c").user("na").xor("x", "x_end").end()
    d.node("complexGateway", "j", body="<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>")
    d.path("start", "merge", "s", "a", "j", "na", "x|nog", "merge").path("s", "b", "j").path("s", "c", "j").path("x", "end")
    deploy(platform, d)
    key = platform.start("p")
    for task in ("a", "b", "c"):
        do(platform, key, task)
    do(platform, key, "na", {"nog": True})
    for task in ("b", "c"):
        do(platform, key, task)
    assert open_tasks(platform, key) == ["a", "na"]
    do(platform, key, "a")
    do(platform, key, "na", {"nog": False})

    assert finished(platform, key)
