"""Functions on lists; positions count from 1, or from -1 backwards.

Source: DMN 1.5, table 78.
"""

from __future__ import annotations

import decimal
from collections import Counter
from decimal import Decimal
from functools import cmp_to_key, reduce
from typing import Any

from inburgering_flow.feel.builtin.signature import Row, with_run
from inburgering_flow.feel.errors import NullError
from inburgering_flow.feel.operators import add, multiply, whole
from inburgering_flow.feel.values import (
    NUMBERS,
    Function,
    NotOrderedError,
    equal,
    from_plain,
    identity,
    sort_key,
)
from inburgering_flow.feel.words import a_kind, unordered
from inburgering_flow.i18n import N_


def _same(left: Any, right: Any) -> bool:
    return equal(left, right) is True


def _contains(items: list[Any], element: Any) -> bool:
    return any(_same(item, element) for item in items)


def _extreme(items: list[Any], last: bool) -> Any:
    if not items:
        raise NullError(N_("the list is empty"))
    if any(item is None for item in items):
        raise NullError(N_("the list holds null"))
    try:
        key = sort_key(items)
        return max(items, key=key) if last else min(items, key=key)
    except NotOrderedError as error:
        raise NullError(unordered(error), "NOT_COMPARABLE") from None


def _numbers(items: list[Any]) -> list[Decimal]:
    for item in items:
        if type(item) is not Decimal:
            raise NullError(N_("the list holds {kind}"), "INVALID_TYPE", kind=a_kind(item))
    return items


def _total(items: list[Any]) -> Decimal:
    _numbers(items)
    if not items:
        raise NullError(N_("the list is empty"))
    result: Decimal = reduce(add, items)
    return result


def _product(items: list[Any]) -> Decimal:
    _numbers(items)
    if not items:
        raise NullError(N_("the list is empty"))
    result: Decimal = reduce(multiply, items)
    return result


def _mean(items: list[Any]) -> Decimal:
    return NUMBERS.divide(_total(items), Decimal(len(items)))


def _median(items: list[Any]) -> Decimal:
    ordered = sorted(_numbers(items))
    if not ordered:
        raise NullError(N_("the list is empty"))
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return NUMBERS.divide(NUMBERS.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def _stddev(items: list[Any]) -> Decimal:
    if len(_numbers(items)) < 2:
        raise NullError(N_("a standard deviation needs two numbers"))
    mean = _mean(items)
    try:
        squares = (NUMBERS.power(NUMBERS.subtract(item, mean), Decimal(2)) for item in items)
        return NUMBERS.sqrt(NUMBERS.divide(reduce(NUMBERS.add, squares), Decimal(len(items) - 1)))
    except decimal.DecimalException:
        raise NullError(N_("the numbers are too large"), "OUT_OF_RANGE") from None


def _mode(items: list[Any]) -> list[Decimal]:
    counts: dict[Decimal, int] = {}
    for item in _numbers(items):
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(item for item, count in counts.items() if count == most)


def _all(items: list[Any]) -> bool | None:
    if any(item is False for item in items):
        return False
    if all(item is True for item in items):
        return True
    raise NullError(N_("the list contains something other than booleans"), "INVALID_TYPE")


def _any(items: list[Any]) -> bool | None:
    if any(item is True for item in items):
        return True
    if all(item is False for item in items):
        return False
    raise NullError(N_("the list contains something other than booleans"), "INVALID_TYPE")


def _place(items: list[Any], position: Decimal) -> int:
    place = whole(position)
    if place == 0 or abs(place) > len(items):
        raise NullError(N_("the list of {count} has no such position"), "OUT_OF_BOUNDS", count=len(items))
    return place - 1 if place > 0 else len(items) + place


def _sublist(items: list[Any], start: Decimal, length: Decimal | None = None) -> list[Any]:
    begin = _place(items, start)
    if length is None:
        return items[begin:]
    count = whole(length)
    if count < 1 or begin + count > len(items):
        raise NullError(N_("'length' does not fit the list"), "OUT_OF_BOUNDS")
    return items[begin : begin + count]


def _append(items: list[Any], *more: Any) -> list[Any]:
    return [*items, *more]


def _concatenate(run: Any, *lists: list[Any]) -> list[Any]:
    run.sized_list(sum(len(one) for one in lists))
    return [item for one in lists for item in one]


def _insert(items: list[Any], position: Decimal, item: Any) -> list[Any]:
    place = whole(position)
    if place == 0 or place > len(items) + 1 or place < -len(items):
        raise NullError(N_("the list of {count} has no such position"), "OUT_OF_BOUNDS", count=len(items))
    begin = place - 1 if place > 0 else len(items) + place
    return [*items[:begin], item, *items[begin:]]


def _remove(items: list[Any], position: Decimal) -> list[Any]:
    place = _place(items, position)
    return items[:place] + items[place + 1 :]


def _replace_at(items: list[Any], position: Decimal, item: Any) -> list[Any]:
    place = _place(items, position)
    return [*items[:place], item, *items[place + 1 :]]


def _replace_where(run: Any, items: list[Any], match: Any, item: Any) -> list[Any]:
    if isinstance(match, Function) and match.parameters and len(match.parameters) != 2:
        raise NullError(N_("'match' must take an item and the new item"))
    result: list[Any] = []
    for one in items:
        found = run.invoke(match, [one, item])
        if not isinstance(found, bool):
            raise NullError(N_("'match' does not give a boolean"), "INVALID_TYPE")
        result.append(item if found else one)
    return result


def _index_of(items: list[Any], match: Any) -> list[Decimal]:
    return [Decimal(index) for index, item in enumerate(items, 1) if _same(item, match)]


def _distinct(items: list[Any]) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in items:
        found.setdefault(identity(item), item)
    return list(found.values())


def _union(run: Any, *lists: list[Any]) -> list[Any]:
    return _distinct(_concatenate(run, *lists))


def _duplicates(items: list[Any]) -> list[Any]:
    keys = [identity(item) for item in items]
    often = {key for key, count in Counter(keys).items() if count > 1}
    return _distinct([item for item, key in zip(items, keys, strict=True) if key in often])


def _flatten(run: Any, items: list[Any]) -> list[Any]:
    result: list[Any] = []
    waiting = [iter(items)]
    while waiting:
        for item in waiting[-1]:
            one = from_plain(item)
            if isinstance(one, list):
                if len(waiting) > 1000:
                    raise NullError(N_("the list is nested too deeply"), "OUT_OF_RANGE")
                run.tick()
                waiting.append(iter(one))
                break
            result.append(one)
            if len(result) > run.limits.items:
                run.sized_list(len(result))
        else:
            waiting.pop()
    return result


def _sort(run: Any, items: list[Any], precedes: Any = None) -> list[Any]:
    if precedes is None:
        try:
            return sorted(items, key=sort_key(items))
        except NotOrderedError as error:
            raise NullError(unordered(error), "NOT_COMPARABLE") from None

    if isinstance(precedes, Function) and precedes.parameters and len(precedes.parameters) != 2:
        raise NullError(N_("'precedes' must take two items"))

    def order(left: Any, right: Any) -> int:
        if run.invoke(precedes, [left, right]) is True:
            return -1
        return 1 if run.invoke(precedes, [right, left]) is True else 0

    return sorted(items, key=cmp_to_key(order))


def _partition(items: list[Any], size: Decimal) -> list[Any]:
    count = whole(size)
    if count < 1:
        raise NullError(N_("'size' must be at least 1"))
    return [items[begin : begin + count] for begin in range(0, len(items), count)]


TABLE: list[Row] = [
    ("list contains", "list: list, element: any?", _contains),
    ("count", "list: list", lambda items: Decimal(len(items))),
    ("min", "list: list", lambda items: _extreme(items, False)),
    ("min", "*c: any?", lambda *items: _extreme(list(items), False)),
    ("max", "list: list", lambda items: _extreme(items, True)),
    ("max", "*c: any?", lambda *items: _extreme(list(items), True)),
    ("sum", "list: list", _total),
    ("sum", "*n: any?", lambda *items: _total(list(items))),
    ("mean", "list: list", _mean),
    ("mean", "*n: any?", lambda *items: _mean(list(items))),
    ("all", "list: list", _all),
    ("all", "*b: any?", lambda *items: _all(list(items))),
    ("any", "list: list", _any),
    ("any", "*b: any?", lambda *items: _any(list(items))),
    ("product", "list: list", _product),
    ("product", "*n: any?", lambda *items: _product(list(items))),
    ("median", "list: list", _median),
    ("median", "*n: any?", lambda *items: _median(list(items))),
    ("stddev", "list: list", _stddev),
    ("stddev", "*n: any?", lambda *items: _stddev(list(items))),
    ("mode", "list: list", _mode),
    ("mode", "*n: any?", lambda *items: _mode(list(items))),
    ("sublist", "list: list, start position: number, length: number?=", _sublist),
    ("append", "list: list, *item: any?", _append),
    ("concatenate", "*list: list", with_run(_concatenate)),
    ("insert before", "list: list, position: number, newItem: any?", _insert),
    ("remove", "list: list, position: number", _remove),
    ("list replace", "list: list, position: number, newItem: any?", _replace_at),
    ("list replace", "list: list, match: function, newItem: any?", with_run(_replace_where)),
    ("reverse", "list: list", lambda items: items[::-1]),
    ("index of", "list: list, match: any?", _index_of),
    ("union", "*list: list", with_run(_union)),
    ("distinct values", "list: list", _distinct),
    ("duplicate values", "list: list", _duplicates),
    ("flatten", "list: list", with_run(_flatten)),
    ("sort", "list: list, precedes: function=", with_run(_sort)),
    ("partition", "list: list, size: number", _partition),
    ("is empty", "list: list", lambda items: not items),
]
