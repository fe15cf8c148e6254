"""Evaluating a requirements graph: each element once, when it is first needed.

Source: DMN 1.5, 10.4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from inburgering_flow.dmn.boxed import Boxed, FunctionBox
from inburgering_flow.dmn.direct import DirectTable, direct_table
from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.graph import Decision, DecisionService, Element, Graph, InputData, KnowledgeModel
from inburgering_flow.dmn.logic import Compiler, Logic, NotingCompiler
from inburgering_flow.dmn.types import ItemDefinition, from_text
from inburgering_flow.feel import Context, FeelError
from inburgering_flow.feel.compiler import bind
from inburgering_flow.feel.scope import Budget
from inburgering_flow.feel.types import ANY, FeelType, FunctionType, MismatchError, coerce
from inburgering_flow.feel.values import Function, from_plain, settle
from inburgering_flow.feel.words import headed
from inburgering_flow.i18n import N_, Said

Target = tuple[Graph, Element] | tuple[Graph, Element, tuple[Graph, tuple[str, ...]]]
"""The model that refers to another, and the names of the imports that lead there."""


def evaluate(
    model: Graph,
    id_or_name: str,
    inputs: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None,
    context: Context | None,
    evaluation: type[Evaluation] | None = None,
) -> Any:
    """Evaluate one element of a model; see ``Model.evaluate``. ``evaluation`` may be one that takes notes."""
    element = model.find(id_or_name)
    if context is None:
        context = Context(functions=functions)
    elif functions:
        outer, context = context, Context(context.given_now, context.zone, {**context.functions, **functions})
        context.warnings, context.limits, context.outcomes = outer.warnings, outer.limits, outer.outcomes
    began = context.budget is None
    if began:
        context.budget = Budget(context.limits.iterations)
    try:
        work = (evaluation or Evaluation)(model, inputs, context)
        if isinstance(element, DecisionService):
            return settle(work.call_service(model, element, work.service_inputs(model, element)))
        if isinstance(element, KnowledgeModel):
            function = work.value((model, element))
            given = [from_plain(inputs.get(name)) for name in function.parameters]
            return settle(function.invoke(None, given))
        return settle(work.value((model, element)))
    except FeelError as error:
        raise DmnError(element.name, error.said, remedy=error.advice, code=error.code) from None
    except RecursionError:
        raise DmnError(
            element.name,
            Said(N_("it is nested too deeply.")),
            remedy=Said(N_("Check that the recursion ends.")),
            code="FEEL_LIMIT",
        ) from None
    finally:
        if began:
            context.budget = None


class Evaluation:
    """The values of one evaluation by element."""

    def __init__(self, root: Graph, inputs: Mapping[str, Any], context: Context) -> None:
        self.root = root
        self.inputs = inputs
        self.context = context
        self.done: dict[tuple[str, str], Any] = {}
        self.inner: dict[str, Evaluation] = {}
        self.busy: set[tuple[str, str]] = set()

    def value(self, target: Target) -> Any:
        """Return the value of an element; raises ``KeyError`` for input data that was not given."""
        model, element = target[:2]
        if len(target) == 3:
            inner = self.through(*target[2])
            if inner is not self:
                return inner.value((model, element))
        key = (model.namespace, element.id)
        if key in self.done:
            return self.done[key]
        if key in self.busy:
            remedy = Said(N_("Remove the circle of requirements."))
            raise DmnError(element.name, Said(N_("it requires itself.")), remedy=remedy)
        self.busy.add(key)
        try:
            found = self.done[key] = self._compute(model, element)
        finally:
            self.busy.discard(key)
        return found

    def through(self, model: Graph, path: tuple[str, ...]) -> Evaluation:
        """Return the evaluation behind import names: a separate one if inputs were given under these names. So two
        models that import the same third one may each pass their own inputs to it.
        """
        if model is not self.root or not path or path[0] not in model.imported:
            return self
        name, other = path[0], model.imported[path[0]]
        if name not in self.inner:
            own = self.inputs.get(name)
            given = dict(own) if isinstance(own, Mapping) else {}
            given |= {key[len(name) + 1 :]: value for key, value in self.inputs.items() if key.startswith(f"{name}.")}
            self.inner[name] = type(self)(other, {**self.inputs, **given}, self.context) if given else self
        inner = self.inner[name]
        return self if inner is self else inner.through(other, path[1:])

    def _compute(self, model: Graph, element: Element) -> Any:
        scope = self.scope(model, element)
        if isinstance(element, InputData):
            wanted = _type(model, element)
            return self.coerce(from_text(self.given(model, element), wanted), model, element)
        if isinstance(element, Decision):
            return self.logic(model, element)(scope, self.context)
        if isinstance(element, KnowledgeModel):
            return self.logic(model, element)(scope, self.context)
        if isinstance(element, DecisionService):
            return self._service_function(model, element)
        return None

    def scope(self, model: Graph, element: Element) -> Scope:
        """Return the names that one element may use."""
        return Scope(self, model, element)

    def logic(self, model: Graph, element: Decision | KnowledgeModel) -> Logic:
        """Return the compiled logic of one element."""
        return logic_of(model, element, self.context)

    def given(self, model: Graph, element: Element) -> Any:
        """Return what was passed in for an element; raises ``KeyError`` if nothing was."""
        qualified = f"{{{model.namespace}}}{element.name}"
        if qualified in self.inputs:
            return from_plain(self.inputs[qualified])
        if model is not self.root:
            for path in _prefixes(self.root, model):
                dotted = ".".join((*path, element.name))
                if dotted in self.inputs:
                    return from_plain(self.inputs[dotted])
                holder: Any = self.inputs
                for name in path:
                    holder = holder.get(name) if isinstance(holder, Mapping) else None
                if isinstance(holder, Mapping) and element.name in holder:
                    return from_plain(holder[element.name])
        return from_plain(self.inputs[element.name])

    def coerce(self, value: Any, model: Graph, element: Element) -> Any:
        """Convert a value to the type of an element's variable; null with a warning if it does not fit."""
        wanted = model.types.find(element.type_ref) if element.type_ref else ANY
        try:
            return coerce(value, wanted or ANY)
        except MismatchError as error:
            self.context.warn("TYPE_MISMATCH", headed(element.name, error.said))
            return None

    # ─── decision services ───

    def service_inputs(self, model: Graph, service: DecisionService) -> list[Any]:
        """Return the arguments for a service that is evaluated itself."""
        found = []
        for reference in (*service.inputs, *service.input_decisions):
            target = model.resolve(reference)
            try:
                found.append(self.given(*target) if target is not None else None)
            except KeyError:
                found.append(None)
        return found

    def _service_function(self, model: Graph, service: DecisionService) -> Function:
        targets = [model.resolve(reference) for reference in (*service.inputs, *service.input_decisions)]
        names = tuple(target[1].variable for target in targets if target is not None)
        kinds = tuple(_type(*target) for target in targets if target is not None)

        def invoke(_run: Any, arguments: list[Any]) -> Any:
            bound = bind(names, (None,) * len(names), arguments)
            return self.call_service(model, service, list(bound.values()))

        return Function(service.name, names, invoke, kinds)

    def call_service(self, model: Graph, service: DecisionService, arguments: list[Any]) -> Any:
        """Return the output of a service: one value, or a context if it has several output decisions."""
        inner = type(self)(model, {}, self.context)
        references = (*service.inputs, *service.input_decisions)
        for reference, value in zip(references, arguments, strict=False):
            target = model.resolve(reference)
            if target is not None:
                owner, element = target
                inner.done[(owner.namespace, element.id)] = self.coerce(value, owner, element)
        outputs: dict[str, Any] = {}
        for reference in service.outputs:
            target = model.resolve(reference)
            if target is None:
                raise DmnError(service.name, Said(N_("there is no decision {name!r}."), name=reference))
            outputs[target[1].variable] = inner.value(target)
        result = next(iter(outputs.values())) if len(outputs) == 1 else outputs
        wanted = _type(model, service)
        if isinstance(wanted, FunctionType):
            wanted = wanted.result
        try:
            return coerce(result, wanted)
        except MismatchError as error:
            self.context.warn("TYPE_MISMATCH", headed(service.name, error.said))
            return None


def _type(model: Graph, element: Element) -> FeelType:
    return (model.types.find(element.type_ref) if element.type_ref else ANY) or ANY


def _prefixes(root: Graph, wanted: Graph) -> Iterator[tuple[str, ...]]:
    """Yield the import names that lead from one model to another."""
    waiting: list[tuple[Graph, tuple[str, ...]]] = [(root, ())]
    seen: list[Graph] = [root]
    while waiting:
        model, path = waiting.pop(0)
        for name, other in model.imported.items():
            if other is wanted:
                yield (*path, name)
            elif other not in seen:
                seen.append(other)
                waiting.append((other, (*path, name)))


class Scope(Mapping[str, Any]):
    """The names that one element may use: what it requires, and inputs that no element declares."""

    def __init__(self, evaluation: Evaluation, model: Graph, element: Element) -> None:
        self.evaluation = evaluation
        self.model = model
        self.element = element
        self.targets = visible(model, element)
        self.ids = by_id(model, element)

    def __getitem__(self, name: str) -> Any:
        target = self.targets.get(name) or self.ids.get(name)
        if target is not None:
            if isinstance(target, tuple):
                return self.evaluation.value(target)
            return Imported(self.evaluation, target)
        if name in self.evaluation.inputs and name not in declared(self.evaluation.root):
            return self.evaluation.inputs[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)


class Imported(Mapping[str, Any]):
    """What can be reached behind the name of an import."""

    def __init__(self, evaluation: Evaluation, targets: Mapping[str, Any]) -> None:
        self.evaluation = evaluation
        self.targets = targets

    def __getitem__(self, name: str) -> Any:
        target = self.targets[name]
        return self.evaluation.value(target) if isinstance(target, tuple) else Imported(self.evaluation, target)

    def __iter__(self) -> Iterator[str]:
        return iter(self.targets)

    def __len__(self) -> int:
        return len(self.targets)


def visible(model: Graph, element: Element) -> dict[str, Any]:
    """Return the names an element may use: a target each, or a dictionary of targets for an import."""
    key = ("visible", element.id)
    if key in model.cache:
        found: dict[str, Any] = model.cache[key]
        return found
    names: dict[str, Any] = {}
    references: tuple[str, ...] = ()
    if isinstance(element, Decision):
        references = (*element.inputs, *element.decisions, *element.knowledge)
    elif isinstance(element, KnowledgeModel):
        references = element.knowledge
        names[element.variable] = (model, element)
    for reference in references:
        target = model.resolve(reference)
        if target is None:
            said = Said(N_("it requires {name!r}, which does not exist."), name=reference)
            raise DmnError(element.name, said, remedy=Said(N_("Correct the requirement.")))
        owner, wanted = target
        if owner is model:
            names[wanted.variable] = target
            continue
        path = next(_prefixes(model, owner), None)
        if path is None or path == ("",):
            names[wanted.variable] = target
            continue
        place = names
        for step in path:
            place = place.setdefault(step, {})
        place[wanted.variable] = (owner, wanted, (model, path))
    model.cache[key] = names
    return names


def by_id(model: Graph, element: Element) -> dict[str, tuple[Graph, Element]]:
    """Return the decisions that an element requires by their ids: Camunda knows one without a variable by that, which is what
    its modeler draws, and DMN by its name. A name that is visible goes before it.
    """
    key = ("ids", element.id)
    if key not in model.cache:
        references = element.decisions if isinstance(element, Decision) else ()
        found = filter(None, map(model.resolve, references))
        model.cache[key] = {wanted.id: (owner, wanted) for owner, wanted in found if owner is model}
    ids: dict[str, tuple[Graph, Element]] = model.cache[key]
    return ids


def declared(model: Graph) -> frozenset[str]:
    """Return the names of all elements of a model; they are visible only where they are required."""
    if "declared" not in model.cache:
        model.cache["declared"] = frozenset(element.variable for element in model.elements.values())
    found: frozenset[str] = model.cache["declared"]
    return found


# ─── compiling ───


def short_cut(model: Graph, id_or_name: str) -> DirectTable | None:
    """Return the fast path of a decision that has been evaluated before, or None if it has none."""
    element = model.find(id_or_name)
    table = model.cache.get(("table", element.id))
    if table is None or not isinstance(element, Decision):
        return None
    return direct_table(model, element, table)


def logic_of(model: Graph, element: Decision | KnowledgeModel, context: Context) -> Logic:
    """Return the compiled logic of a decision or knowledge model; compiled once per set of extra functions."""
    functions = tuple(sorted(context.functions))
    key = ("logic", element.id, functions)
    if key not in model.cache:
        compiler = compiler_for(model, element.name, functions)
        model.cache[key] = build_logic(model, element, compiler)
        if isinstance(element, Decision):
            model.cache["table", element.id] = compiler.tables.get(id(element.expression))
    found: Logic = model.cache[key]
    return found


def build_logic(model: Graph, element: Decision | KnowledgeModel, compiler: Compiler) -> Logic:
    """Compile the logic of a decision or knowledge model."""
    if isinstance(element, Decision):
        return compiler.coerced(compiler.compile(element.expression), element.type_ref, element.name)
    if element.logic is None:
        raise DmnError(element.name, Said(N_("it has no logic.")))
    wanted = _type(model, element)
    if isinstance(wanted, FunctionType):
        return _typed(compiler.function(element.logic), wanted.result)
    return compiler.function(element.logic, element.type_ref)


def _typed(logic: Logic, wanted: FeelType) -> Logic:
    """Return logic for a function whose results are converted to a type."""

    def run(scope: Mapping[str, Any], context: Context) -> Any:
        function: Function = logic(scope, context)

        def invoke(one: Any, arguments: list[Any]) -> Any:
            try:
                return coerce(function.invoke(one, arguments), wanted)
            except MismatchError as error:
                context.warn("TYPE_MISMATCH", headed(function.name, error.said))
                return None

        return Function(function.name, function.parameters, invoke, function.parameter_types, wanted)

    return run


def compiler_for(model: Graph, owner: str, functions: tuple[str, ...]) -> Compiler:
    """Return a compiler that knows all names and types of a model and of those it imports."""
    if "names" not in model.cache:
        model.cache["names"] = frozenset(names_of(model))
        model.cache["types"] = {name: found for one in model.family() for name, found in _named_types(model, one)}
    compiler = Compiler(model.cache["names"], functions, model.types.find)
    compiler.types = model.cache["types"]
    compiler.owner = owner
    return compiler


def _named_types(model: Graph, one: Graph) -> Iterator[tuple[str, FeelType]]:
    for definition in one.definitions:
        found = one.types.find(definition.name)
        if found is None:
            continue
        if one is model:
            yield definition.name, found
        else:
            for path in _prefixes(model, one):
                yield ".".join((*path, definition.name)), found


def names_of(model: Graph) -> Iterator[str]:
    """Yield every name that expressions of a model may use; names with dots count only where they are in scope."""
    for one in model.family():
        yield from one.imported
        for element in one.elements.values():
            yield element.variable
            box = element.expression if isinstance(element, Decision) else getattr(element, "logic", None)
            yield from (name for name in box_names(box) if "." not in name)
        for definition in one.definitions:
            yield from _component_names(definition)


def _component_names(definition: ItemDefinition) -> Iterator[str]:
    for part in definition.components:
        yield part.name
        yield from _component_names(part)


def box_names(box: Any) -> Iterator[str]:
    """Yield names of entries, parameters, columns, outputs and iterators in a boxed expression."""
    if isinstance(box, FunctionBox):
        yield from (name for name, _ in box.parameters)
    for attribute in getattr(type(box), "__dataclass_fields__", {}):
        value = getattr(box, attribute)
        if attribute in ("name", "variable") and value:
            yield value
        elif attribute == "columns":
            yield from value
        elif isinstance(value, Boxed):
            yield from box_names(value)
        elif isinstance(value, tuple):
            for one in _flat(value):
                yield from box_names(one)


def _flat(values: tuple[Any, ...]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, tuple):
            yield from _flat(value)
        elif hasattr(type(value), "__dataclass_fields__"):
            yield value


def problems(model: Graph, functions: Iterable[str] = ()) -> list[tuple[Decision | KnowledgeModel, DmnError]]:
    """Return what cannot be compiled; see ``Model.problems``."""
    found: list[tuple[Decision | KnowledgeModel, DmnError]] = []
    context = Context(functions=dict.fromkeys(functions, print))
    for element in model.elements.values():
        if not isinstance(element, Decision | KnowledgeModel):
            continue
        try:
            visible(model, element)
        except DmnError as error:
            found.append((element, error))
            continue
        try:
            logic_of(model, element, context)
        except DmnError:
            found.extend((element, one) for one in _faults(model, element, context))
    return found


def _faults(model: Graph, element: Decision | KnowledgeModel, context: Context) -> list[DmnError]:
    """Return everything that keeps the logic of an element from being compiled."""
    compiler = NotingCompiler(compiler_for(model, element.name, tuple(sorted(context.functions))))
    try:
        build_logic(model, element, compiler)
    except DmnError as error:
        compiler.faults.append(error)
    return compiler.faults
