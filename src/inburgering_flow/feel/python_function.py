"""Python callables as FEEL functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from inburgering_flow.errors import FlowError
from inburgering_flow.feel.errors import FeelError, NullError
from inburgering_flow.feel.values import Function, from_plain, to_python


def wrap(name: str, function: Callable[..., Any]) -> Function:
    """Return a Python callable as a FEEL function whose parameters are named as in its signature.

    It gets strings as ``str``, numbers as ``Decimal``, dates as ``datetime.date``, date-times as aware ``datetime``
    (in the zone of the context where they have none), times as ``time`` and days and time durations as ``timedelta``.
    ``ValueError`` and ``FlowError`` become null with a warning that carries their sentence; so does ``TypeError``,
    without its sentence, because that may hold values.
    """
    try:
        signature: inspect.Signature | None = inspect.signature(function)
    except (TypeError, ValueError):
        signature = None
    names = tuple(signature.parameters) if signature else ()

    def call(run: Any, positional: list[Any], named: dict[str, Any]) -> Any:
        zone = run.context.zone
        arguments = [to_python(value, zone) for value in positional]
        keywords = {key: to_python(value, zone) for key, value in named.items()}
        if signature is not None:
            try:
                signature.bind(*arguments, **keywords)
            except TypeError as error:
                raise NullError(f"{name}: {error}") from None
        try:
            return from_plain(function(*arguments, **keywords))
        except FeelError:
            raise
        except (ValueError, FlowError) as error:
            raise NullError(f"{name}: {error}") from None
        except (TypeError, AttributeError, ArithmeticError, LookupError) as error:
            raise NullError(f"{name} failed with {type(error).__name__}") from None

    return Function(
        name,
        names,
        lambda run, arguments: call(run, arguments, {}),
        invoke_named=lambda run, named: call(run, [], named),
    )
