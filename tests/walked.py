"""Notes what tests walk of the shipped models, for ``tools/modellen.py``.

Elements come from the rows that a run leaves behind, rules from the outcomes that every decision notes for the history. Over which
sequence flow a token went stands in no row: the one place where it does so is watched, and counts where both its ends have rows.
After an event-based gateway only the event that happened has one, so that the row says which way it went.
"""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import modellen
import pytest

from inburgering_flow.dmn import Model
from inburgering_flow.engine import moving
from inburgering_flow.feel import Context

ENTERED = """
    SELECT DISTINCT i.process_id, e.element_id FROM element_instance e JOIN process_instance i ON i.key = e.instance_key
    WHERE i.version = 1 AND e.element_type <> 'MULTI_INSTANCE_BODY'
"""


class Walked:
    """What one worker has walked: model → ids."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = defaultdict(set)
        self._moves: set[tuple[str, str, str, str]] = set()  # process, flow, source, target: since the last look at rows
        self._take, self._evaluate = moving.take, Model.evaluate
        self._after = {
            (name, flow.target): flow.id for name, process in modellen.definitions().items()
            for e in process.elements.values() if e.kind == "eventBasedGateway" for flow in e.outgoing
        }  # fmt: skip
        self._rules = {id: name for name, model in modellen.tables().items() for id in model.ids}

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what happens in a block."""

        def evaluate(model: Model, id_or_name: str, inputs: Any = None, **given: Any) -> Any:
            return self.evaluate(model, id_or_name, inputs, **given)

        with mock.patch.object(moving, "take", self.take), mock.patch.object(Model, "evaluate", evaluate):
            yield

    def take(self, thawed: Any, flow: Any) -> None:
        """Move a token, and note it."""
        self._moves.add((thawed.process.process_id, flow.id, flow.source, flow.target))
        self._take(thawed, flow)

    def evaluate(
        self, model: Model, id_or_name: str, inputs: Any = None, *, functions: Any = None, context: Context | None = None
    ) -> Any:
        """Decide, and note the rules that counted."""
        own = Context(functions=functions) if context is None else context
        before = own.outcomes
        outcomes = own.outcomes = [] if before is None else before
        begin = len(outcomes)
        try:
            return self._evaluate(model, id_or_name, inputs, functions=functions, context=own)
        finally:
            own.outcomes = before
            for _decision, outcome in outcomes[begin:]:
                for match in outcome.matches:
                    if match.rule.rule.id in self._rules:
                        self.found[self._rules[match.rule.rule.id]].add(match.rule.rule.id)

    def look(self, file: Path) -> None:
        """Note what the rows of a database say, before they are gone."""
        moves, self._moves = self._moves, set()
        with closing(sqlite3.connect(file)) as connection:
            entered = set(connection.execute(ENTERED))
        for process, element in entered:
            self.found[process].add(element)
            if (process, element) in self._after:
                self.found[process].add(self._after[process, element])
        for process, flow, source, target in moves:
            if {(process, source), (process, target)} <= entered:
                self.found[process].add(flow)


class Comparison:
    """Puts together what the workers have walked, and fails the run where that is not what the page says.

    Only of a run in which every test of the two folders ran and passed: of any other nothing can be said.
    """

    def __init__(self) -> None:
        self.walked = Walked()
        self.together: dict[str, set[str]] = defaultdict(set)
        self.is_complete = False
        self.is_chosen = False
        self.said: list[str] = []

    def pytest_deselected(self) -> None:
        self.is_chosen = True

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        folders = [modellen.ROOT / folder for folder in modellen.FOLDERS]
        there = {path for folder in folders for path in folder.glob("test_*.py")}
        chosen = self.is_chosen or any("::" in argument for argument in session.config.args)
        self.is_complete = not chosen and there <= {item.path for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self._add(*getattr(node, "workeroutput", {}).get("walked", ({}, False)))

    def _add(self, walked: dict[str, Any], is_complete: bool) -> None:
        self.is_complete = is_complete
        for name, ids in walked.items():
            self.together[name].update(ids)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        own = {name: sorted(ids) for name, ids in self.walked.found.items()}
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output["walked"] = (own, self.is_complete)
            return
        self._add(own, self.is_complete)
        if not self.is_complete or session.testsfailed or session.shouldstop:
            return
        if modellen.WRITE in os.environ:
            modellen.PAGE.write_text(modellen.page(self.together), encoding="utf-8")
        self.said = faults(self.together)
        if self.said:
            session.testsfailed += len(self.said)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        for sentence in self.said:
            terminalreporter.write_line(f"FAILED {sentence}", red=True)


def faults(walked: modellen.Parts) -> list[str]:
    """Return what a whole run that walked this has to complain of."""
    said = modellen.problems(walked)
    if not said and modellen.PAGE.read_text(encoding="utf-8") != modellen.page(walked):
        said.append(f"{modellen.PAGE.name} is not what was walked: run python tools/modellen.py")
    return said
