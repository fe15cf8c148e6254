"""A form while it is filled in: what is shown, what is computed, what would be submitted.

The order is form-js's: conditions are first tried on all data, which takes the answers of hidden questions out; what is
shown follows from what is left. Source: form-js 1.23, ``Form``, ``ConditionChecker``, ``RepeatRenderManager``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from inburgering_flow.errors import InvalidInput
from inburgering_flow.feel import Context, FeelError
from inburgering_flow.feel import compile as compile_feel
from inburgering_flow.feel.builtin import BUILTINS
from inburgering_flow.forms import expressions
from inburgering_flow.forms.expressions import Scope, is_expression, surroundings
from inburgering_flow.forms.moments import is_moment
from inburgering_flow.forms.tree import CHOICES, EMPTY, MISSING, SEVERAL, Component, Path, clear, copy, get, put, same
from inburgering_flow.i18n import _

MOST_FIELDS = 20_000
"""Questions that one submission may show, over all items of its lists."""
PASSES = 20
"""How often answers that follow from each other are computed; those of a circle are computed once."""


def too_many() -> InvalidInput:
    """Return what is said of a form with more questions than ``MOST_FIELDS``."""
    return InvalidInput(
        _("The form has more than {most:,} questions, with all items of its lists.").format(most=MOST_FIELDS),
        remedy=_("Take items out of its lists."),
    )


@dataclass(frozen=True)
class Instance:
    """A question as it is shown: once, or once for each item of the list around it."""

    component: Component
    path: Path
    scope: Scope

    @property
    def name(self) -> str:
        """The path as people and pages write it: ``gezin.0.naam``."""
        return ".".join(map(str, self.path))


class State:
    """The data of one form, from the variables that it was opened with."""

    def __init__(self, root: Component, variables: Mapping[str, Any], context: Context) -> None:
        self.root = root
        self.context = context
        self.names = tuple(name for name in variables if not name.isidentifier() or name in BUILTINS)
        self.initial = initialise(root, variables)
        self.data = copy(self.initial)
        self.listed = lists(root, self.initial)
        self.origins: dict[Path, list[Any]] = {path: _items(get(variables, path)) for path in self.listed}
        self.places: dict[Path, list[int | None]] = {path: [*range(len(items))] for path, items in self.listed.items()}
        """List → for each of its items the place that it had when the form was opened, None for a new one."""
        self.asked = {component.full_path for component in root.keyed()}
        self.shared = _shared(root)
        self._order = _order(root)
        self._made = 0
        self._seen: dict[str, Any] = {}
        self.shown_lists: set[Path] = set()

    def know(
        self, component: Component, path: Path, items: list[Any], origins: list[Any], places: list[int | None]
    ) -> None:
        """Take over which items a list has now, and what each was before and where, with the lists inside them: an item
        that moved takes its own lists along, not those of the item that stood there.
        """
        for known in [other for other in self.listed if other[: len(path)] == path]:
            del self.listed[known], self.origins[known], self.places[known]
        self.listed[path], self.origins[path], self.places[path] = copy(items), origins, places
        for index, item in enumerate(items):
            for child in component.children:
                for inner, inside in lists(child, item).items():
                    self.listed[(*path, index, *inner)] = copy(inside)
                    self.places[(*path, index, *inner)] = [*range(len(inside))]
                    self.origins[(*path, index, *inner)] = _items(get(origins[index], inner))

    # -- what is shown ---------------------------------------------------------------------------------------------

    def shown(self) -> list[Instance]:
        """Return the questions that are shown, in the order of the form; raises InvalidInput if they are too many."""
        self._made = 0
        self.shown_lists.clear()
        data = self._seen = {**self.initial, **self.filtered()}
        return list(self._walk(self.root, (), data, data, None, []))

    def _walk(
        self, component: Component, above: Path, data: Scope, this: Any, parent: Any, indexes: list[int]
    ) -> Iterator[Instance]:
        scope = surroundings(data, this, parent, indexes)
        if self.passes(component.hide, scope):
            return
        path = above + component.path
        self._made += 1
        if self._made > MOST_FIELDS:
            raise too_many()
        if component.is_keyed:
            yield Instance(component, path, scope)
        elif component.is_repeating:
            self.shown_lists.add(path)
            items = get(self.data, path)
            for index, item in enumerate(items if isinstance(items, list) else ()):
                for child in component.children:
                    yield from self._walk(child, (*path, index), data, item, scope, [*indexes, index + 1])
        else:
            for child in component.children:
                yield from self._walk(child, path, data, this, parent, indexes)

    def filtered(self) -> dict[str, Any]:
        """Return the data without the answers of what is hidden."""
        data: dict[str, Any] = copy(self.data)
        kept: set[Path] = set()
        for component, path, hidden in self._hidden(self.root, (), self.data, None, [], hidden=False):
            if not hidden:
                kept.add(path)
            elif component.is_keyed or component.is_repeating:
                clear(data, path)
        for path in kept & self.shared:  # of questions with one key, one is shown
            put(data, path, get(self.data, path))
        return data

    def _hidden(
        self, component: Component, above: Path, this: Any, parent: Any, indexes: list[int], *, hidden: bool
    ) -> Iterator[tuple[Component, Path, bool]]:
        path = above + component.path
        counts = component.is_keyed or (component.parent is not None and component.children)
        if not hidden and counts:
            hidden = bool(self.passes(component.hide, surroundings(self.data, this, parent, indexes)))
        if counts:
            yield component, path, hidden
        if component.is_repeating:
            items = get(self.data, path)
            for index, item in enumerate(items if isinstance(items, list) and not hidden else ()):
                for child in component.children:
                    yield from self._hidden(child, (*path, index), item, this, [*indexes, index + 1], hidden=False)
        else:
            for child in component.children:
                yield from self._hidden(child, path, this, parent, indexes, hidden=hidden)

    def passes(self, text: str | None, scope: Scope) -> bool | None:
        """Return the outcome of a condition."""
        return expressions.passes(text, scope, self.context, self.names) if text else None

    def value_of(self, given: Any, scope: Scope) -> Any:
        """Return what a property stands for."""
        return expressions.value_of(given, scope, self.context, self.names)

    def is_readonly(self, shown: Instance) -> bool:
        """Tell whether an answer is shown but cannot be changed."""
        given = shown.component.attrs.get("readonly")
        if is_expression(given):
            return self.passes(given, shown.scope) is True
        return bool(given)

    def options(self, shown: Instance) -> list[tuple[Any, str]] | None:
        """Return the (value, label) pairs of a question of choice; None where the form has none."""
        return options(shown.component.attrs, self.initial, lambda given: self.value_of(given, shown.scope))

    # -- what follows from the answers -----------------------------------------------------------------------------

    def settle(self, given: set[Path]) -> list[Instance]:
        """Compute what follows from the answers and return what is shown then.

        Answers that are none of the choices any more become empty, except those in ``given``, which are checked
        instead. Expressions are computed in the order in which they use each other.
        """
        computed: set[Path] = set()
        for _pass in range(PASSES):
            found = self.shown()
            changed = self._clean(found, given)
            for instance in self._computed(found, "change"):
                if not (self._order[instance.component][1] and instance.path in computed):
                    computed.add(instance.path)
                    changed |= self._compute(instance)
            if not changed:
                break
        for instance in self._computed(found, "presubmit"):
            self._compute(instance)
        return found

    def _computed(self, found: list[Instance], moment: str) -> list[Instance]:
        """Return the questions whose answer is computed at a moment, in the order in which they use each other."""
        those = [i for i in found if i.component.type == "expression" and not i.component.disabled]
        those = [i for i in those if i.component.attrs.get("computeOn", "change") == moment]
        return sorted(those, key=lambda i: self._order[i.component][0])

    def _clean(self, found: list[Instance], given: set[Path]) -> bool:
        changed = False
        for instance in found:
            kind = instance.component.type
            if kind not in CHOICES or instance.component.disabled or instance.path in given or self.is_readonly(instance):
                continue
            value = get(self.data, instance.path)
            choices = self.options(instance)
            if choices is None or not value:
                continue
            values = [choice for choice, _label in choices]
            right: Any
            if kind in SEVERAL:
                right = [v for v in value if has(values, v)] if isinstance(value, list) else []
            else:
                right = value if has(values, value) else None
            if not same(right, value):
                put(self.data, instance.path, right)
                changed = True
        return changed

    def _compute(self, instance: Instance) -> bool:
        given = instance.component.attrs.get("expression", MISSING)
        right = MISSING if given is MISSING else self.value_of(given, instance.scope)
        known = get(self.data, instance.path)
        if right is known or (right is not MISSING and known is not MISSING and same(right, known)):
            return False
        put(self.data, instance.path, right)
        put(self._seen, instance.path, copy(right))  # so that the next ones, in the same round, see it
        return True

    def submitted(self, shown: list[Instance]) -> dict[str, Any]:
        """Return what form-js would submit: the answers that are shown and can be given."""
        data: dict[str, Any] = {}
        for instance in shown:
            if not instance.component.disabled:
                value = get(self.data, instance.path)
                if value is not MISSING:
                    put(data, instance.path, copy(value))
        return data


# -- the beginning -----------------------------------------------------------------------------------------------------


def initialise(root: Component, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a form that is opened: the variables, cleaned, and empty answers where there are none."""
    data: dict[str, Any] = copy(variables)
    for child in root.children:
        _begin(child, (), variables, data)
    return data


def new_item(component: Component, data: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return a new item of the list at a path."""
    found: dict[str, Any] = copy(data)
    items = get(found, path)
    index = len(items) if isinstance(items, list) else 0
    put(found, (*path, index), {})
    for child in component.children:
        _begin(child, (*path, index), data, found)
    item = get(found, (*path, index))
    return item if isinstance(item, dict) else {}


def _begin(component: Component, above: Path, variables: Mapping[str, Any], data: dict[str, Any]) -> None:
    path = above + component.path
    value = get(variables, path)
    if component.is_keyed:
        if value is not MISSING:
            value = cleaned(component, value, variables)
        if value is MISSING:
            value = copy(component.attrs.get("defaultValue", EMPTY[component.type]))
        put(data, path, value)
    elif component.is_repeating:
        if not isinstance(value, list):
            times = component.attrs.get("defaultRepetitions", 1)
            value = [{} for _ in range(min(times, MOST_FIELDS))] if isinstance(times, int) and times > 0 else []
        value = [copy(item) if isinstance(item, Mapping) else {} for item in value]
        put(data, path, value)
        for index in range(len(value)):
            for child in component.children:
                _begin(child, (*path, index), variables, data)
    else:
        for child in component.children:
            _begin(child, path, variables, data)


def _items(value: Any) -> list[Any]:
    return [item if isinstance(item, Mapping) else {} for item in value] if isinstance(value, list) else []


def lists(root: Component, data: Mapping[str, Any]) -> dict[Path, list[Any]]:
    """Return the items of each list as the form was opened, by path."""
    found: dict[Path, list[Any]] = {}

    def walk(component: Component, above: Path) -> None:
        path = above + component.path
        if component.is_repeating:
            items = get(data, path)
            found[path] = items if isinstance(items, list) else []
            for index in range(len(found[path])):
                for child in component.children:
                    walk(child, (*path, index))
        else:
            for child in component.children:
                walk(child, path)

    walk(root, ())
    return found


def cleaned(component: Component, value: Any, variables: Mapping[str, Any]) -> Any:
    """Return a variable as a question of this kind can show it."""
    attrs, kind = component.attrs, component.type
    if kind in ("textfield", "textarea"):
        if value is None or isinstance(value, list | Mapping):
            return ""
        text = value if isinstance(value, str) else text_of(value)
        return re.sub(r"[\r\n\t]", " ", text) if kind == "textfield" else text
    if kind == "number":
        return number_of(value, as_text=bool(attrs.get("serializeToString")))
    if kind == "checkbox":
        return value is True
    if kind == "datetime":
        return value if isinstance(value, str) and is_moment(value, attrs.get("subtype", "date")) else None
    if kind in SEVERAL and not isinstance(value, list):
        return []
    if kind in CHOICES and not attrs.get("valuesExpression"):
        choices = options(attrs, variables, lambda _given: None)
        values = [choice for choice, _label in choices or ()]
        if kind in SEVERAL:
            return [item for item in value if has(values, item)]
        return value if has(values, value) else None
    return value


def number_of(value: Any, *, as_text: bool) -> Any:
    """Return a number, or its text where the form keeps numbers as text; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str) or value == "":
        return None
    try:
        number = Decimal(str(value).strip() or "0")
    except InvalidOperation:
        return None
    if not number.is_finite():
        return None
    if as_text:
        return value if isinstance(value, str) else text_of(value)
    return value if not isinstance(value, str) else int(number) if number == number.to_integral_value() else number


def text_of(value: Any) -> str:
    """Return a plain value as JavaScript writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    number = Decimal(str(value))
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def options(attrs: Mapping[str, Any], data: Mapping[str, Any], evaluate: Any) -> list[tuple[Any, str]] | None:
    """Return the choices of a question as (value, label): from a variable, the file or an expression."""
    if "valuesKey" in attrs:
        found = get(data, (str(attrs["valuesKey"]),))
    elif "values" in attrs or not attrs.get("valuesExpression"):
        found = attrs.get("values", [{"label": "Value", "value": "value"}])
    else:
        found = evaluate(attrs["valuesExpression"])
    items = found if isinstance(found, list) else []
    return [choice for choice in map(_choice, items) if choice is not None]


def _choice(item: Any) -> tuple[Any, str] | None:
    if _is_plain(item):
        return item, text_of(item) if not isinstance(item, str) else item
    if not isinstance(item, Mapping):
        return None
    value, label = item.get("value"), item.get("label")
    if isinstance(label, str) and label:
        return (value, label) if _is_plain(value) or (isinstance(value, Mapping) and value) else None
    return (value, value if isinstance(value, str) else text_of(value)) if _is_plain(value) else None


def _is_plain(value: Any) -> bool:
    return isinstance(value, bool | int | float | Decimal) or (isinstance(value, str) and bool(value))


def has(values: list[Any], value: Any) -> bool:
    """Tell whether a value is one of these."""
    return any(same(value, item) for item in values)


# -- the order of what is computed -------------------------------------------------------------------------------------


def _shared(root: Component) -> set[Path]:
    """Return the paths that several questions have: only one of them is shown at a time."""
    seen: set[Path] = set()
    twice: set[Path] = set()
    for component in root.keyed():
        path = component.full_path
        (twice if path in seen else seen).add(path)
    return twice


def _order(root: Component) -> dict[Component, tuple[int, bool]]:
    """Return when each computed answer is computed, and whether it depends on itself."""
    computed = [c for c in root.keyed() if c.type == "expression"]
    made: dict[str, list[Component]] = {}
    for component in computed:
        made.setdefault(str(component.full_path[0]), []).append(component)
    uses: dict[Component, list[Component]] = {}
    for component in computed:
        given = component.attrs.get("expression")
        try:
            names = compile_feel(str(given)[1:]).variables if is_expression(given) else frozenset()
        except FeelError:
            names = frozenset()
        uses[component] = [other for name in sorted(names) for other in made.get(name, ())]
    order: dict[Component, tuple[int, bool]] = {}
    state: dict[Component, int] = {}
    circle: set[Component] = set()
    for first in computed:
        waiting = [(first, iter(uses[first]))] if first not in state else []
        state.setdefault(first, 1)
        while waiting:
            component, rest = waiting[-1]
            other = next(rest, None)
            if other is None:
                waiting.pop()
                state[component] = 2
                order[component] = (len(order), False)
            elif state.get(other) == 1:
                circle.update(c for c, _rest in waiting[[c for c, _r in waiting].index(other) :])
            elif other not in state:
                state[other] = 1
                waiting.append((other, iter(uses[other])))
    return {component: (at, component in circle) for component, (at, _in) in order.items()}
