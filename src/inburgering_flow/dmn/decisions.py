"""Deciding: the public face of a decision model.

Source: DMN 1.5, chapters 8 and 10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inburgering_flow.dmn.errors import DmnError
from inburgering_flow.dmn.evaluation import evaluate, problems, short_cut
from inburgering_flow.dmn.explain import DecisionExplanation, explain
from inburgering_flow.dmn.graph import Decision, Graph, KnowledgeModel
from inburgering_flow.feel.direct import SLOW
from inburgering_flow.feel.scope import Context


class Model(Graph):
    """One decision model and those it imports, ready to decide and to explain; shared by all threads."""

    def evaluate(
        self,
        id_or_name: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        context: Context | None = None,
    ) -> Any:
        """Return the FEEL value of a decision, decision service or knowledge model.

        ``inputs`` are plain or FEEL values by the name of the input data (for a knowledge model: of its parameters);
        those of imported models are given under the import's name or as ``{namespace}name``. Names that no element
        declares can be read by any expression. Where the standard gives null, so does this, and ``context.warnings``
        says why. Raises ``DmnError`` if an expression cannot be read, goes on too long, or calls a Java or PMML
        function; ``DmnFileError`` if there is no such decision.

        Source: DMN 1.5, 10.4 and chapter 8.
        """
        short = self.short_cuts.get(id_or_name)
        if short is not None and inputs is not None and not _own_functions(functions, context):
            outcomes = None if context is None else context.outcomes
            if outcomes is not None:
                outcome = short.decide(inputs)
                if outcome is not SLOW:
                    outcomes.append((short.decision, outcome))
                    return outcome.value
            elif type(inputs) is dict:
                found = short(inputs)
                if found is not SLOW:
                    return found
        result = evaluate(self, id_or_name, inputs or {}, functions, context)
        if id_or_name not in self.short_cuts:
            self.short_cuts[id_or_name] = short_cut(self, id_or_name)
        return result

    def explain(
        self,
        id_or_name: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        context: Context | None = None,
    ) -> DecisionExplanation:
        """Evaluate a decision, service or knowledge model and say why it gives what it gives.

        The parameters and errors are those of ``evaluate``, except that going on too long does not raise: the
        explanation's ``error`` and ``cause`` say where it was. The explanation has every element that was needed with
        its inputs and their origin; of decision tables the rules that matched with their annotations, and what stood in
        the way of the others; of FEEL the tree of sub-expressions. ``str`` is for people, ``to_dict`` for machines.
        """
        return explain(self, id_or_name, inputs or {}, functions, context)

    def problems(self) -> list[str]:
        """Return a sentence for every expression that cannot be read and every reference that points nowhere."""
        return [str(error) for _element, error in problems(self)]

    def unreadable(self, functions: Iterable[str] = ()) -> list[tuple[Decision | KnowledgeModel, DmnError]]:
        """Return each element whose expressions cannot be read, with why; ``functions`` are names of extra functions."""
        return problems(self, functions)


def _own_functions(functions: Mapping[str, Any] | None, context: Context | None) -> bool:
    """Say whether somebody has replaced a function that values are made with."""
    return bool(functions and "date" in functions) or (context is not None and "date" in context.functions)
