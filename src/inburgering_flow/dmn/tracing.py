"""Evaluation of a requirements graph with notes: what each element read, what its logic did, what its tables matched.

The closures are those of normal evaluation; each boxed expression is a trace, and so is each part of its FEEL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inburgering_flow.dmn import boxed
from inburgering_flow.dmn.errors import not_feel
from inburgering_flow.dmn.evaluation import Evaluation, Scope, build_logic, compiler_for, declared
from inburgering_flow.dmn.graph import Decision, DecisionService, Element, Graph, InputData, KnowledgeModel
from inburgering_flow.dmn.logic import RESULT, Compiler, Logic
from inburgering_flow.dmn.table_explanation import describe
from inburgering_flow.feel import Compiled, Context, FeelError
from inburgering_flow.feel.faults import meant, nearest, own_fault
from inburgering_flow.feel.scope import MISSING
from inburgering_flow.feel.trace import Fault, Recorder, Trace, TracingContext
from inburgering_flow.feel.tracing import compile_traced
from inburgering_flow.i18n import N_, _

MAX_ELEMENTS = 500
BOXES: dict[type[boxed.Boxed], str] = {
    boxed.Literal: N_("literal expression"),
    boxed.Invocation: N_("invocation"),
    boxed.ContextBox: N_("context"),
    boxed.ListBox: N_("list"),
    boxed.Relation: N_("relation"),
    boxed.FunctionBox: N_("function"),
    boxed.Conditional: N_("conditional"),
    boxed.FilterBox: N_("filter"),
    boxed.IteratorBox: N_("iterator"),
    boxed.Table: N_("decision table"),
}
KINDS: dict[type[Element], str] = {
    InputData: "input data",
    Decision: "decision",
    KnowledgeModel: "business knowledge model",
    DecisionService: "decision service",
}


@dataclass(slots=True)
class Read:
    """A name that an element could read: where it comes from, and its value if it was read."""

    name: str
    origin: str
    element: str = ""
    value: Any = None
    used: bool = False
    fault: Fault | None = None


@dataclass(slots=True)
class Visit:
    """One element as it was evaluated: what it read and the traces of its logic."""

    model: Graph
    element: Element
    trace: Trace
    reads: dict[str, Read] = field(default_factory=dict)


class DecisionRecorder(Recorder):
    """A recorder that keeps the traces of each element apart; ``visits`` are in the order in which they were needed."""

    def __init__(self) -> None:
        super().__init__()
        self.visits: list[Visit] = []


class TracedScope(Scope):
    """A scope that notes what is read."""

    def __init__(self, evaluation: TracedEvaluation, model: Graph, element: Element) -> None:
        super().__init__(evaluation, model, element)
        self.traced = evaluation
        self.reads: dict[str, Read] = {}
        for name, target in self.targets.items():
            if isinstance(target, tuple):
                self.reads[name] = Read(name, KINDS[type(target[1])], target[1].id)
            else:
                self.reads[name] = Read(name, "import")

    def __getitem__(self, name: str) -> Any:
        read = self.reads.get(name)
        try:
            value = super().__getitem__(name)
        except KeyError:
            if read is None:
                read = self.reads[name] = Read(name, "nowhere")
            read.used = True
            read.fault = self._absent(read)
            raise
        if read is None and name in self.ids:
            required = self.ids[name][1]
            read = self.reads[name] = Read(name, KINDS[type(required)], required.id)
        elif read is None:
            read = self.reads[name] = Read(name, "given with the call")
        read.value, read.used = value, True
        return value

    def _absent(self, read: Read) -> Fault:
        given = [str(key) for key in self.traced.inputs]
        if read.origin == "nowhere":
            if read.name in declared(self.traced.root):
                said = _("'{name}' is part of the model, but is not required here.").format(name=read.name)
                return Fault("NOT_REQUIRED", said, _("Draw a requirement to it."))
            found = nearest(read.name, [*self.targets, *given])
            return Fault("NO_VARIABLE_FOUND", _("There is no variable '{name}'.").format(name=read.name), meant(found))
        found = nearest(read.name, [key for key in given if key not in self.targets])
        return Fault("NOT_GIVEN", _("The input '{name}' was not given.").format(name=read.name), meant(found))


class TracedEvaluation(Evaluation):
    """An evaluation whose context is a ``TracingContext`` with a ``DecisionRecorder``."""

    @property
    def recorder(self) -> DecisionRecorder:
        """Where the notes go."""
        context = self.context
        assert isinstance(context, TracingContext)
        assert isinstance(context.recorder, DecisionRecorder)
        return context.recorder

    def _compute(self, model: Graph, element: Element) -> Any:
        recorder = self.recorder
        trace = Trace(KINDS[type(element)], element.name, 0, len(element.name), part=element)
        visit = Visit(model, element, trace)
        if len(recorder.visits) < MAX_ELEMENTS:
            recorder.visits.append(visit)
        outside, recorder.stack = recorder.stack, [Trace("root", "", 0, 0), trace]
        try:
            trace.value = super()._compute(model, element)
            trace.evaluated = True
            return trace.value
        except FeelError as error:
            recorder.fail(trace, error)
            raise
        except KeyError:
            recorder.visits = [one for one in recorder.visits if one is not visit]
            raise
        finally:
            recorder.stack = outside
            trace.fault = own_fault(trace)

    def scope(self, model: Graph, element: Element) -> Scope:
        scope = TracedScope(self, model, element)
        visits = self.recorder.visits
        visit = next((one for one in reversed(visits) if one.element is element), None)
        if visit is not None:
            visit.reads = scope.reads
        return scope

    def logic(self, model: Graph, element: Decision | KnowledgeModel) -> Logic:
        """Compile the logic again, with notes."""
        plain = compiler_for(model, element.name, tuple(sorted(self.context.functions)))
        return build_logic(model, element, TracingCompiler(plain, self.recorder))

    def call_service(self, model: Graph, service: DecisionService, arguments: list[Any]) -> Any:
        recorder = self.recorder
        trace = Trace(KINDS[DecisionService], service.name, 0, len(service.name), part=service)
        recorder.open(trace)
        visit = Visit(model, service, trace)
        if len(recorder.visits) < MAX_ELEMENTS:
            recorder.visits.append(visit)
        targets = [model.resolve(reference) for reference in (*service.inputs, *service.input_decisions)]
        for target, value in zip(targets, arguments, strict=False):
            if target is not None:
                name = target[1].variable
                visit.reads[name] = Read(name, "parameter", target[1].id, value, used=True)
        try:
            trace.value = super().call_service(model, service, arguments)
            trace.evaluated = True
            return trace.value
        finally:
            trace.fault = own_fault(trace)
            recorder.close(trace)


class TracingCompiler(Compiler):
    """A compiler of boxed expressions whose logic reports its results to a recorder."""

    def __init__(self, plain: Compiler, recorder: DecisionRecorder) -> None:
        super().__init__(plain.names, plain.functions, plain.find_type)
        self.types, self.owner = plain.types, plain.owner
        self.recorder = recorder
        self.labels: dict[int, str] = {}
        self.rounds: dict[int, tuple[str, ...]] = {}

    def feel(self, text: str) -> Compiled:
        try:
            return compile_traced(
                text, self.recorder, names=sorted(self.names), functions=self.functions, types=self.types
            )
        except FeelError as error:
            raise not_feel(self.owner, error, text) from None

    def compile(self, box: boxed.Boxed | None) -> Logic:
        if box is None:
            return super().compile(box)
        self._name_parts(box)
        logic = self.table(box) if isinstance(box, boxed.Table) else super().compile(box)
        if isinstance(box, boxed.Table) and box.type_ref:
            logic = self.coerced(logic, box.type_ref, RESULT)
        label, recorder, names = self.labels.get(id(box), ""), self.recorder, self.rounds.get(id(box), ())
        if isinstance(box, boxed.Literal) and not label and not names:
            return logic
        sort, text = BOXES[type(box)], label or _(BOXES[type(box)])

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            trace = Trace(sort, text, 0, len(text), part=box)
            trace.names = {name: found for name in names if (found := _entry(scope, name)) is not MISSING}
            recorder.open(trace)
            try:
                trace.value = logic(scope, context)
                trace.evaluated = True
                return trace.value
            except (FeelError, RecursionError) as error:
                recorder.fail(trace, error)
                raise
            finally:
                trace.fault = own_fault(trace)
                recorder.close(trace)

        return run

    def _name_parts(self, box: boxed.Boxed) -> None:
        """Note what each part is for, so that its trace can be named."""
        parts: list[tuple[str, boxed.Boxed | None]] = []
        match box:
            case boxed.ContextBox(entries=bindings):
                parts = [(binding.name or str(RESULT), binding.expression) for binding in bindings]
            case boxed.Invocation(bindings=bindings):
                parts = [(_("parameter {name}").format(name=binding.name), binding.expression) for binding in bindings]
            case boxed.Relation(columns=columns, rows=rows):
                parts = [
                    (_("row {number}, {column}").format(number=number, column=column), cell)
                    for number, row in enumerate(rows, 1)
                    for column, cell in zip(columns, row, strict=False)
                ]
            case boxed.ListBox(items=items):
                parts = [(_("item {number}").format(number=number), item) for number, item in enumerate(items, 1)]
            case boxed.Conditional(condition=condition, then=then, otherwise=otherwise):
                parts = [("if", condition), ("then", then), ("else", otherwise)]
            case boxed.FilterBox(match=match):
                parts = [("match", match)]
                self.rounds[id(match)] = ("item",)
            case boxed.IteratorBox(variable=variable, body=body):
                parts = [("return" if box.kind == "for" else "satisfies", body)]
                self.rounds[id(body)] = (variable,)
            case boxed.FunctionBox(parameters=parameters, body=body):
                parts = [(_("function body"), body)]
                self.rounds[id(body)] = tuple(name for name, _type in parameters)
            case boxed.Table(outputs=outputs, rules=rules):
                parts = [(_("default of {output}").format(output=_output(clause)), clause.default) for clause in outputs]
                for number, rule in enumerate(rules, 1):
                    for clause, output in zip(outputs, rule.outputs, strict=False):
                        label = _("rule {rule}, {output}").format(rule=number, output=_output(clause))
                        parts.append((label, output))
            case _:
                pass
        for label, part in parts:
            if part is not None:
                self.labels[id(part)] = label

    def function(self, box: boxed.FunctionBox, result_type: str = "") -> Logic:
        self._name_parts(box)
        return super().function(box, result_type)

    def table(self, box: boxed.Table) -> Logic:
        table, recorder = self.decision_table(box), self.recorder

        def run(scope: Mapping[str, Any], context: Context) -> Any:
            trace = recorder.stack[-1]
            outcome = table.decide(scope, context)
            trace.detail = describe(table, outcome, scope, context)
            return outcome.value

        return run


def _output(clause: boxed.OutputClause) -> str:
    return clause.label or clause.name or _("output")


def _entry(scope: Mapping[str, Any], name: str) -> Any:
    try:
        return scope[name]
    except KeyError:
        return MISSING
