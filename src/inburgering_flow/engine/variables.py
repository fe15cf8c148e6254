"""Variables live in scopes: an element sees those of its own scope first, then those of each enclosing one.

Source: Camunda 8 documentation, variables; BPMN 2.0.2, section 10.4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from inburgering_flow.engine.run import Owner, Run
from inburgering_flow.feel import to_plain
from inburgering_flow.model.runtime import ProcessInstance
from inburgering_flow.values import load_value


class _Raw:
    """A stored value that has not been read yet."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Lookup(Mapping[str, Any]):
    """The variables that an element sees, as an expression looks them up; each is read when it is asked for."""

    __slots__ = ("_extra", "_scopes", "_types")

    def __init__(
        self, scopes: Sequence[dict[str, Any]], types: Mapping[str, str], extra: Mapping[str, Any] | None
    ) -> None:
        self._scopes = scopes
        self._types = types
        self._extra = extra or {}

    def __getitem__(self, name: str) -> Any:
        if name in self._extra:
            return self._extra[name]
        for scope in self._scopes:
            if name in scope:
                return typed(_read(scope, name), self._types.get(name))
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        seen = set(self._extra)
        yield from seen
        for scope in self._scopes:
            for name in scope:
                if name not in seen and not name.startswith("$"):
                    seen.add(name)
                    yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def typed(value: Any, declared: str | None) -> Any:
    """Return a stored value as the data dictionary declares it; text that is not a date stays text."""
    if declared is None or not isinstance(value, str):
        return value
    try:
        if declared == "date":
            return date.fromisoformat(value)
        if declared == "date and time":
            return datetime.fromisoformat(value)
    except ValueError:
        return value
    return value


def chain(owner: Owner) -> tuple[int, ...]:
    """Return the scopes that an element sees, its own first."""
    if isinstance(owner, ProcessInstance):
        return (owner.key,)
    return (owner.key, *reversed(owner.path), owner.instance_key)


def _load(run: Run, keys: Iterable[int]) -> None:
    missing = [k for k in keys if k not in run.values]
    if missing:
        for key in missing:
            run.values[key] = {}
        for key, name, text in run.state.variables(missing):
            run.values[key][name] = _Raw(text)


def _read(scope: dict[str, Any], name: str) -> Any:
    value = scope[name]
    if isinstance(value, _Raw):
        value = scope[name] = load_value(value.text)
    return value


def names_in(run: Run, key: int) -> Iterable[str]:
    """Return the names of the variables of one scope, including those that only the engine sees."""
    if key not in run.values:
        _load(run, (key,))
    return run.values[key].keys()


def read(run: Run, key: int, name: str) -> Any:
    """Return the plain value of a variable of exactly this scope; None where it has none of that name."""
    return _read(run.values[key], name) if name in names_in(run, key) else None


def local_variables(run: Run, key: int) -> dict[str, Any]:
    """Return the plain values of one scope, without those that only the engine sees (``$…``)."""
    names = names_in(run, key)
    scope = run.values[key]
    return {n: _read(scope, n) for n in list(names) if not n.startswith("$")}


def visible_variables(run: Run, owner: Owner) -> dict[str, Any]:
    """Return everything that an element sees."""
    keys = chain(owner)
    _load(run, keys)
    seen: dict[str, Any] = {}
    for key in reversed(keys):
        seen.update(local_variables(run, key))
    return seen


def lookup(run: Run, owner: Owner, extra: Mapping[str, Any] | None = None) -> Lookup:
    """Return the variables that an element sees as a mapping; ``extra`` ones come before them."""
    keys = chain(owner)
    _load(run, keys)
    return Lookup([run.values[key] for key in keys], run.process_of(owner).types, extra)


def set_local(run: Run, owner: Owner, name: str, value: Any) -> None:
    """Write a variable into exactly this scope."""
    key = owner.key
    if key not in run.values:
        _load(run, (key,))
    scope = run.values[key]
    change = "update" if name in scope else "create"
    plain = scope[name] = to_plain(value)
    instance_key = key if isinstance(owner, ProcessInstance) else owner.instance_key
    run.step.variables[key, name] = (plain, instance_key)
    run.changed_names.setdefault(instance_key, {})[name] = change


def propagate(run: Run, scope_key: int, variables: Mapping[str, Any]) -> None:
    """Write variables where they exist, from this scope outwards; new ones at the process instance."""
    if not variables:
        return
    keys = chain(run.scope(scope_key))
    _load(run, keys)
    for name, value in variables.items():
        target = next((k for k in keys if name in run.values[k]), keys[-1])
        set_local(run, run.scope(target), name, value)
