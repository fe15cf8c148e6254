"""Python callables as FEEL functions."""

from __future__ import annotations

import datetime as dt
import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

from inburgering_flow.errors import FlowError
from inburgering_flow.feel.errors import FeelError, NullError
from inburgering_flow.feel.values import Function, from_plain, to_python
from inburgering_flow.i18n import N_, verbatim


def without_values(sentence: str, values: Iterable[Any]) -> str:
    """Return a sentence with every text and date among the values, as a whole word, replaced by ``…``."""
    for value in values:
        text = value.isoformat() if isinstance(value, dt.date) else value if isinstance(value, str) else ""
        if text.strip():
            sentence = re.sub(rf"(?<!\w){re.escape(text)}(?!\w)", "…", sentence)
    return sentence


def wrap(name: str, function: Callable[..., Any]) -> Function:
    """Return a Python callable as a FEEL function whose parameters are named as in its signature.

    It gets strings as ``str``, numbers as ``Decimal``, dates as ``datetime.date``, date-times as aware ``datetime`` (in
    the zone of the context if they have none), times as ``time`` and days and time durations as ``timedelta``.
    ``ValueError`` and ``FlowError`` become null with a warning that carries their sentence, in which arguments are
    replaced by ``…``: a warning may be stored and must not hold a value. So does ``TypeError``, without its sentence.
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
            except TypeError:
                sentence = N_("{name} takes other arguments; its parameters are: {names}")
                raise NullError(sentence, name=name, names=", ".join(names)) from None
        try:
            return from_plain(function(*arguments, **keywords))
        except FeelError:
            raise
        except (ValueError, FlowError) as error:
            given = [*arguments, *keywords.values()]
            raise NullError(verbatim(f"{name}: {without_values(str(error), given)}")) from None
        except (TypeError, AttributeError, ArithmeticError, LookupError) as error:
            raise NullError(N_("{name} failed with {error}"), name=name, error=type(error).__name__) from None

    return Function(
        name,
        names,
        lambda run, arguments: call(run, arguments, {}),
        invoke_named=lambda run, named: call(run, [], named),
    )
