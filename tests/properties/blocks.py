"""Random sound diagrams: blocks of one token in and one token out, nested at will, over all families of elements.

``BLOCKS`` is the table of kinds: name → (how many sequences are nested inside, how it is drawn). A block that is drawn
returns the element from which the next one goes on. An element drawn inside a repeated block may run several times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape

from diagrams import Diagram, error_event, escalation_event, loop, message_event, timer
from hypothesis import strategies as st

from properties import blocks_of_events
from properties.blocks_of_events import COMPENSATE, condition

Block = tuple
Inside = list[Block]
TERMINATE = "<bpmn:terminateEventDefinition/>"
CANCEL = "<bpmn:cancelEventDefinition/>"
LISTENERS = (
    '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="werk"/>'
    '<zeebe:executionListener eventType="end" type="werk"/></zeebe:executionListeners><zeebe:taskListeners>'
    '<zeebe:taskListener eventType="creating" type="werk"/><zeebe:taskListener eventType="completing" type="werk"/>'
    '<zeebe:taskListener eventType="canceling" type="werk"/>'
    "</zeebe:taskListeners>"
)


class Builder:
    """Draws blocks; ``once`` are the elements at which at most one token may ever have been."""

    def __init__(self) -> None:
        self.count = 0
        self.repeated = 0
        self.once: set[str] = set()

    def id(self, kind: str) -> str:
        self.count += 1
        found = f"{kind}{self.count}"
        if not self.repeated:
            self.once.add(found)
        return found

    def sequence(self, diagram: Diagram, found: Inside, source: str) -> str:
        for block in found:
            source = BLOCKS[block[0]][1](self, diagram, source, *block[1:])
        return source

    def inside(self, found: Inside) -> Diagram:
        """Return the content of a sub-process: a start, these blocks, an end."""
        start, end = self.id("start"), self.id("end")
        diagram = Diagram().start(start).end(end)
        return diagram.path(self.sequence(diagram, found, start), end)

    def signal(self, diagram: Diagram, name: str) -> str:
        diagram.definitions.append(f'<bpmn:signal id="g_{name}" name="{name}"/>')
        return f'<bpmn:signalEventDefinition signalRef="g_{name}"/>'

    # -- tasks -----------------------------------------------------------------------------------------------------

    def task(self, d: Diagram, source: str) -> str:
        name = self.id("task")
        d.user(name).path(source, name)
        return name

    def listened(self, d: Diagram, source: str) -> str:
        name = self.id("listened")
        d.user(name, LISTENERS).path(source, name)
        return name

    def job(self, d: Diagram, source: str) -> str:
        name = self.id("job")
        d.service(name, "werk").path(source, name)
        return name

    def plain(self, d: Diagram, source: str) -> str:
        one, two = self.id("plain"), self.id("manual")
        d.node("task", one).node("manualTask", two).path(source, one, two)
        return two

    def watched(self, d: Diagram, source: str) -> str:
        name, late, done = self.id("watched"), self.id("late"), self.id("reminded")
        d.user(name).boundary(late, name, timer("timeDuration", "P1D"), interrupting=False).end(done)
        d.path(source, name).path(late, done)
        return name

    def called(self, d: Diagram, source: str) -> str:
        name = self.id("call")
        d.call(name, "binnen").path(source, name)
        return name

    def counted(self, d: Diagram, source: str) -> str:
        """Two tokens leave the first task, the second needs both."""
        self.repeated += 1
        one, between, two = self.id("gives"), self.id("between"), self.id("needs")
        self.repeated -= 1
        d.node("task", one, completionQuantity="2").user(between).node("task", two, startQuantity="2")
        d.path(source, one, between, two)
        return two

    # -- repeated ----------------------------------------------------------------------------------------------------

    def many(self, d: Diagram, source: str) -> str:
        self.repeated += 1
        name = self.id("many")
        self.repeated -= 1
        d.user(name, body=loop("[1, 2, 3]", "item")).path(source, name)
        return name

    def many_sequences(self, d: Diagram, source: str, found: Inside) -> str:
        self.repeated += 1
        name = self.id("each")
        d.sub(name, self.inside(found), body=loop("[1, 2]", "item", sequential=self.count % 2 == 0)).path(source, name)
        self.repeated -= 1
        return name

    def loop(self, d: Diagram, source: str) -> str:
        self.repeated += 1
        name = self.id("again")
        self.repeated -= 1
        body = (
            '<bpmn:standardLoopCharacteristics loopMaximum="3"><bpmn:loopCondition>= gok</bpmn:loopCondition>'
            "</bpmn:standardLoopCharacteristics>"
        )
        d.user(name, body=body).path(source, name)
        return name

    def back(self, d: Diagram, source: str, found: Inside) -> str:
        """A loop that is drawn: back to the beginning while a guess says so."""
        self.repeated += 1
        merge, again, after = self.id("merge"), self.id("again"), self.id("onward")
        d.xor(merge).xor(again, default=f"{again}_{after}").node("task", after)
        last = self.sequence(d, found, merge)
        task = self.task(d, last)  # somebody guesses in each round, so that it ends
        d.path(source, merge).path(task, f"{again}|gok", merge).path(again, after)
        self.repeated -= 1
        return after

    # -- events ------------------------------------------------------------------------------------------------------

    def timer(self, d: Diagram, source: str) -> str:
        name = self.id("wait")
        d.node("intermediateCatchEvent", name, body=timer("timeDuration", "PT1H")).path(source, name)
        return name

    def message(self, d: Diagram, source: str) -> str:
        name = self.id("hears")
        d.message(f"m_{name}", name).node("intermediateCatchEvent", name, body=message_event(f"m_{name}"))
        d.path(source, name)
        return name

    def hears_signal(self, d: Diagram, source: str) -> str:
        name = self.id("alarm")
        d.node("intermediateCatchEvent", name, body=self.signal(d, name)).path(source, name)
        return name

    def until(self, d: Diagram, source: str) -> str:
        name = self.id("until")
        d.node("intermediateCatchEvent", name, body=condition(f"waar_{name}")).path(source, name)
        return name

    def either_event(self, d: Diagram, source: str) -> str:
        return self._several(d, source, parallel=False)

    def both_events(self, d: Diagram, source: str) -> str:
        return self._several(d, source, parallel=True)

    def _several(self, d: Diagram, source: str, *, parallel: bool) -> str:
        name = self.id("several")
        d.message(f"m_{name}", name)
        body = message_event(f"m_{name}") + timer("timeDuration", "PT3H")
        d.node("intermediateCatchEvent", name, body=body, parallelMultiple=str(parallel).lower()).path(source, name)
        return name

    def link(self, d: Diagram, source: str) -> str:
        out, into = self.id("out"), self.id("into")
        body = f'<bpmn:linkEventDefinition id="l_{out}" name="{out}"/>'
        d.node("intermediateThrowEvent", out, body=body)
        d.node("intermediateCatchEvent", into, body=body.replace(f"l_{out}", f"l_{into}")).path(source, out)
        return into

    def race(self, d: Diagram, source: str) -> str:
        gate, said, late, join = self.id("gate"), self.id("said"), self.id("tooLate"), self.id("after")
        d.message(f"m_{said}", said).node("eventBasedGateway", gate)
        d.node("intermediateCatchEvent", said, body=message_event(f"m_{said}"))
        d.node("intermediateCatchEvent", late, body=timer("timeDuration", "PT5H")).xor(join)
        d.path(source, gate, said, join).path(gate, late, join)
        return join

    # -- gateways ----------------------------------------------------------------------------------------------------

    def both(self, d: Diagram, source: str, left: Inside, right: Inside) -> str:
        split, join = self.id("split"), self.id("join")
        d.both(split).both(join).path(source, split)
        for branch in (left, right):
            d.path(self.sequence(d, branch, split), join)
        return join

    def either(self, d: Diagram, source: str, left: Inside, right: Inside) -> str:
        split, join, yes, no = self.id("split"), self.id("join"), self.id("yes"), self.id("no")
        d.xor(split, default=f"{split}_no").xor(join).path(source, split)
        d.script(yes, "1", "x").script(no, "2", "x").path(f"{split}|gok", yes)
        d.add(f'<bpmn:sequenceFlow id="{split}_no" sourceRef="{split}" targetRef="{no}"/>')
        for begin, branch in ((yes, left), (no, right)):
            d.path(self.sequence(d, branch, begin), join)
        return join

    def some(self, d: Diagram, source: str, left: Inside, right: Inside) -> str:
        """Both branches or only the second, joined by an inclusive gateway."""
        split, join, yes, always = self.id("some"), self.id("gather"), self.id("yes"), self.id("always")
        d.node("inclusiveGateway", split).node("inclusiveGateway", join).node("task", yes).node("task", always)
        d.path(source, split).path(f"{split}|gok", yes).path(f"{split}|true", always)
        for begin, branch in ((yes, left), (always, right)):
            d.path(self.sequence(d, branch, begin), join)
        return join

    def two_of_three(self, d: Diagram, source: str, found: Inside) -> str:
        """A complex gateway goes on with the second token and takes in the third."""
        split = self.id("split")
        self.repeated += 1
        join = self.id("two")  # entered once to go on and once to take in late tokens
        self.repeated -= 1
        d.both(split).path(source, split)
        d.node(
            "complexGateway",
            join,
            body="<bpmn:activationCondition>= activationCount &gt;= 2</bpmn:activationCondition>",
        )
        for branch in (found, [("task",)], [("timer",)]):
            d.path(self.sequence(d, branch, split), join)
        return join

    def implicit(self, d: Diagram, source: str, left: Inside, right: Inside) -> str:
        """A task with several flows out, of which one by condition; what comes together is counted by a sub-process."""
        name, start, fork = self.id("sub"), self.id("start"), self.id("fork")
        inside = Diagram().start(start).node("task", fork).path(start, fork)
        for number, branch in enumerate((left, right)):
            first, end = self.id("first"), self.id("end")
            inside.node("task", first).end(end).path(f"{fork}|gok" if number else fork, first)
            inside.path(self.sequence(inside, branch, first), end)
        d.sub(name, inside).path(source, name)
        return name

    # -- sub-processes -----------------------------------------------------------------------------------------------

    def sub(self, d: Diagram, source: str, found: Inside) -> str:
        name = self.id("sub")
        d.sub(name, self.inside(found)).path(source, name)
        return name

    def guarded(self, d: Diagram, source: str, found: Inside) -> str:
        """A sub-process that a timer ends, with a non-interrupting event sub-process inside."""
        name, cut, join = self.id("guard"), self.id("cut"), self.id("after")
        inside = self.inside(found)
        self.repeated += 1
        heard, on, off = self.id("heard"), self.id("on"), self.id("off")
        self.repeated -= 1
        start = Diagram().message(f"m_{on}", on)
        start.node("startEvent", on, body=message_event(f"m_{on}"), isInterrupting="false").end(off).path(on, off)
        inside.sub(heard, start, event=True)
        d.sub(name, inside).boundary(cut, name, timer("timeDuration", "P2D")).xor(join)
        d.path(source, name, join).path(cut, join)
        return join

    def interrupted(self, d: Diagram, source: str, found: Inside) -> str:
        """A sub-process with an event sub-process that a signal lets take over."""
        name, heard, on, off = self.id("calm"), self.id("heard"), self.id("on"), self.id("off")
        inside = self.inside(found)
        start = Diagram()
        start.node("startEvent", on, body=self.signal(start, on)).user(f"{on}_task").end(off).path(
            on, f"{on}_task", off
        )
        inside.sub(heard, start, event=True)
        d.sub(name, inside).path(source, name)
        return name

    def fails(self, d: Diagram, source: str, found: Inside) -> str:
        """A sub-process that ends with an error for one guess, caught at its border."""
        name, start, end, bad, split = (self.id(k) for k in ("tries", "start", "end", "bad", "ok"))
        caught, join, code = self.id("caught"), self.id("after"), f"E{self.count}"
        d.code("error", f"e_{bad}", code)
        inside = Diagram().start(start).end(end).end(bad, error_event(f"e_{bad}")).xor(split, default=f"{split}_{end}")
        inside.path(self.sequence(inside, found, start), f"{split}|gok", bad).path(split, end)
        d.sub(name, inside).boundary(caught, name, error_event(f"e_{bad}")).xor(join)
        d.path(source, name, join).path(caught, join)
        return join

    def warns(self, d: Diagram, source: str, found: Inside) -> str:
        """A sub-process that throws an escalation on its way, caught outside it."""
        name, start, end, out = (self.id(k) for k in ("tells", "start", "end", "warn"))
        caught, aside, code = self.id("caught"), self.id("aside"), f"S{self.count}"
        d.code("escalation", f"s_{out}", code)
        inside = Diagram().start(start).end(end).node("intermediateThrowEvent", out, body=escalation_event(f"s_{out}"))
        inside.path(start, out)
        inside.path(self.sequence(inside, found, out), end)
        d.sub(name, inside).boundary(caught, name, escalation_event(f"s_{out}"), interrupting=False).end(aside)
        d.path(source, name).path(caught, aside)
        return name

    def stops(self, d: Diagram, source: str, found: Inside) -> str:
        """Of two branches of a sub-process the one that ends first ends the other."""
        name, start, split, one, two = (self.id(k) for k in ("stops", "start", "split", "halt", "halt"))
        inside = Diagram().start(start).both(split).end(one, TERMINATE).end(two, TERMINATE).path(start, split)
        inside.path(self.sequence(inside, found, split), one)
        inside.path(self.sequence(inside, [("task",)], split), two)
        d.sub(name, inside).path(source, name)
        return name

    def undone(self, d: Diagram, source: str, found: Inside) -> str:
        """Two tasks that a throw event undoes in reverse order, with whatever happened between them."""
        name, start, end, throw = (self.id(k) for k in ("undoes", "start", "end", "undo"))
        inside = Diagram().start(start).end(end).node("intermediateThrowEvent", throw, body=COMPENSATE)
        first, second = self.can_be_undone(inside), self.can_be_undone(inside)
        inside.path(start, first)
        self.repeated += 1  # a completed sub-process is entered again to undo what is in it
        inside.path(self.sequence(inside, found, first), second)
        self.repeated -= 1
        inside.path(second, throw, end)
        d.sub(name, inside).path(source, name)
        return name

    def can_be_undone(self, d: Diagram) -> str:
        name = self.id("done")
        d.user(name).boundary(f"{name}_b", name, COMPENSATE).user(f"{name}_undo", isForCompensation="true")
        d.add(f'<bpmn:association id="{name}_a" sourceRef="{name}_b" targetRef="{name}_undo"/>')
        return name

    def transaction(self, d: Diagram, source: str, found: Inside) -> str:
        """A transaction that is cancelled for one guess."""
        name, start, end, bad, split = (self.id(k) for k in ("deal", "start", "end", "off", "ok"))
        cancelled, join = self.id("cancelled"), self.id("after")
        inside = Diagram().start(start).end(end).end(bad, CANCEL).xor(split, default=f"{split}_{end}")
        task = self.can_be_undone(inside)
        inside.path(start, task)
        self.repeated += 1
        inside.path(self.sequence(inside, found, task), f"{split}|gok", bad).path(split, end)
        self.repeated -= 1
        d.definitions.extend(inside.definitions)
        d.node("transaction", name, body="".join(inside.parts)).boundary(cancelled, name, CANCEL).xor(join)
        d.path(source, name, join).path(cancelled, join)
        return join

    def ad_hoc(self, d: Diagram, source: str) -> str:
        name, one, two, three = (self.id(k) for k in ("adhoc", "one", "two", "three"))
        inside = Diagram().user(one).user(two).node("task", three).path(one, three)
        ordering = "Sequential" if self.count % 2 else "Parallel"
        d.node("adHocSubProcess", name, body="".join(inside.parts), ordering=ordering).path(source, name)
        return name

    def receives(self, d: Diagram, source: str) -> str:
        name = self.id("receives")
        d.message(f"m_{name}", name).node("receiveTask", name, messageRef=f"m_{name}").path(source, name)
        return name

    def sends(self, d: Diagram, source: str) -> str:
        """A message to nobody, a signal to nobody, and work that a send task's job does."""
        name, out, call = self.id("sends"), self.id("throws"), self.id("calls")
        d.node("sendTask", name, '<zeebe:taskDefinition type="werk"/>')
        d.message(f"m_{out}", out).node("intermediateThrowEvent", out, body=message_event(f"m_{out}"))
        d.node("intermediateThrowEvent", call, body=self.signal(d, call)).path(source, name, out, call)
        return call

    def decides(self, d: Diagram, source: str) -> str:
        name = self.id("decides")
        rule = f'<zeebe:calledDecision decisionId="keuze" resultVariable="{name}"/>'
        d.node("businessRuleTask", name, rule).path(source, name)
        return name

    def rescued(self, d: Diagram, source: str, found: Inside) -> str:
        """A sub-process whose error end event is caught by an event sub-process of its own."""
        name, start, end, bad, split = (self.id(k) for k in ("tries", "start", "end", "bad", "ok"))
        caught, on, off, code = self.id("rescue"), self.id("on"), self.id("off"), f"R{self.count}"
        d.code("error", f"e_{bad}", code)
        inside = Diagram().start(start).end(end).end(bad, error_event(f"e_{bad}")).xor(split, default=f"{split}_{end}")
        inside.path(self.sequence(inside, found, start), f"{split}|gok", bad).path(split, end)
        inside.sub(caught, Diagram().start(on, error_event(f"e_{bad}")).user(f"{on}_task").end(off).path(on, f"{on}_task", off),
                   event=True)  # fmt: skip
        d.sub(name, inside).path(source, name)
        return name

    def data(self, d: Diagram, source: str) -> str:
        """A task that writes into the common scope by an output mapping, read by a script after it."""
        name, after = self.id("writes"), self.id("reads")
        mapping = f'<zeebe:ioMapping><zeebe:input source="= 1" target="hier"/><zeebe:output source="= hier + 1" target="{name}"/></zeebe:ioMapping>'
        d.user(name, mapping).node(
            "scriptTask", after, f'<zeebe:script expression="= {escape(name)} + 1" resultVariable="{after}"/>'
        )
        d.path(source, name, after)
        return after


Draw = Callable[..., str]
BLOCKS: Mapping[str, tuple[int, Draw]] = {
    "task": (0, Builder.task), "listened": (0, Builder.listened), "job": (0, Builder.job), "plain": (0, Builder.plain),
    "watched": (0, Builder.watched), "called": (0, Builder.called), "counted": (0, Builder.counted), "data": (0, Builder.data),
    "many": (0, Builder.many), "each": (1, Builder.many_sequences), "loop": (0, Builder.loop), "back": (1, Builder.back),
    "timer": (0, Builder.timer), "message": (0, Builder.message), "signal": (0, Builder.hears_signal),
    "until": (0, Builder.until), "either event": (0, Builder.either_event), "both events": (0, Builder.both_events),
    "receives": (0, Builder.receives), "sends": (0, Builder.sends), "decides": (0, Builder.decides),
    "link": (0, Builder.link), "race": (0, Builder.race),
    "both": (2, Builder.both), "either": (2, Builder.either), "some": (2, Builder.some),
    "two of three": (1, Builder.two_of_three), "implicit": (2, Builder.implicit),
    "sub": (1, Builder.sub), "guarded": (1, Builder.guarded), "interrupted": (1, Builder.interrupted),
    "fails": (1, Builder.fails), "warns": (1, Builder.warns), "stops": (1, Builder.stops), "undone": (1, Builder.undone),
    "rescued": (1, Builder.rescued),
    "transaction": (1, Builder.transaction), "ad-hoc": (0, Builder.ad_hoc),
    **blocks_of_events.BLOCKS,
}  # fmt: skip


def blocks(depth: int) -> st.SearchStrategy[Block]:
    """Return random blocks, nested at most ``depth`` deep."""
    leaves = [st.just((name,)) for name, (nested, _) in BLOCKS.items() if not nested]
    if depth == 0:
        return st.one_of(leaves)
    inner = st.lists(blocks(depth - 1), min_size=1, max_size=2)
    nested = [st.tuples(st.just(name), *[inner] * n) for name, (n, _) in BLOCKS.items() if n]
    return st.one_of(*leaves, *nested)


def drawn(found: Inside, begins: str = "plain") -> tuple[Diagram, Builder]:
    """Return the process of these blocks that begins in this way, and the builder that drew it."""
    builder, diagram = Builder(), Diagram().end()
    first = blocks_of_events.STARTS[begins](builder, diagram)
    diagram.path(builder.sequence(diagram, found, first), "end")
    return diagram, builder
