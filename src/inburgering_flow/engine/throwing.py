"""Throwing and catching: messages, errors, escalations. Source: BPMN 2.0.2, section 10.5."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from inburgering_flow.bpmn.definition import Element, Event
from inburgering_flow.engine import bookkeeping
from inburgering_flow.engine.bookkeeping import BODY_TYPE, Ending, Phase
from inburgering_flow.engine.compiled import CompiledProcess
from inburgering_flow.engine.core import Owner
from inburgering_flow.engine.ending import EndingEarly
from inburgering_flow.engine.port import Trouble
from inburgering_flow.model.runtime import (
    ACTIVE,
    ElementInstance,
    MessageOut,
    ProcessInstance,
    SignalOut,
)

if TYPE_CHECKING:
    from inburgering_flow.engine.run import Run


class Throwing(EndingEarly):
    """Throwing and catching: messages, errors, escalations. Source: BPMN 2.0.2, section 10.5."""

    def boundary_event(self, host: ElementInstance, event: Element, variables: Mapping[str, Any]) -> None:
        """Let a boundary event happen; an interrupting one ends its host."""
        if not event.interrupting or self.terminate(host, Ending("leave", event.id, variables)):
            self.place(host.scope_key, event.id, variables, triggered=True)

    def event_subprocess(self, scope: Owner, start: Element, variables: Mapping[str, Any]) -> None:
        """Start an event sub-process; an interrupting one ends everything else in its scope."""
        process = self.process_of(scope)
        if start.interrupting:
            gone = self.terminate_children(scope)
            container = process.elements[process.elements[start.parent or ""].parent or ""]
            self.close_scope_events(scope.key, container, process)
            self.forget_arrivals(scope, container)
            if not gone:
                self._note_ending(scope, Ending("enter", start.parent or "", variables))
                return
        self.enter_event_subprocess(scope, start.parent or "", variables)

    def enter_event_subprocess(self, scope: Owner, entered_id: str, variables: Mapping[str, Any]) -> None:
        """Put a token into an event sub-process, with what its event brought."""
        token = self.place(scope.key, entered_id, variables, triggered=True)
        if variables:
            bookkeeping.keep_brought(token.instance, variables)

    def throw(self, row: ElementInstance, event: Event) -> bool:
        """Throw an event, or each part of a multiple one; True when nothing has to be waited for."""
        done = True
        for part in event.all:
            match part.kind:
                case "message":
                    self.throw_message(row, part)
                case "signal":
                    self.throw_signal(row, part)
                case "escalation":
                    self.throw_escalation(row, self._code(row, part))
                case "error":
                    self.throw_error(row, self._code(row, part), self.local_variables(row.key), "")
                    return False  # caught, the thrower is gone; uncaught, it waits with an incident
                case "compensate":
                    done = cast("Run", self).compensate(row, part.activity, waits=part.waits) and done
                case _:
                    pass  # none, link: only a point that is passed
            if row.state != ACTIVE:
                return False
        return done

    def throw_signal(self, row: ElementInstance, event: Event) -> None:
        """Let everything in the family hear a signal at once; the others hear it after the step.

        A signal without a name (a multi-instance activity's own) is heard at the border of its activity only.
        """
        name = self.event_name(row, event, "signal name") if event.name is not None else ""
        variables = self.local_variables(row.key)
        stored = self.state.signals(row.root_key, name)
        fresh = [s for s in self.step.new_subscriptions if s.kind == "signal" and s.name == name]
        for waiting in [*stored, *fresh]:
            if name or waiting.owner_key == row.key:
                cast("Run", self).happen(waiting, variables)
        if name:
            self.step.signals.append(SignalOut(name, variables, row.root_key))

    def throw_message(self, row: ElementInstance, event: Event) -> None:
        """Publish a message in the same transaction."""
        name = self.event_name(row, event, "message name")
        key = self.value(row, event.correlation_key, "correlation key")
        self.step.messages.append(
            MessageOut(name, "" if key is None else self.key_text(key), self.local_variables(row.key))
        )

    def throw_error(
        self, row: ElementInstance, code: str, variables: Mapping[str, Any], message: str, phase: Phase = "enter",
        result: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Let an error rise until a boundary event or event sub-process catches it; uncaught, it is an incident."""
        if row.state != ACTIVE:
            return
        caught = self._catcher(row, "error", code)
        if caught is not None:
            variables = {**variables, **self._told(caught[1], "error", code, message)}
        if caught is None:
            what = f"Error '{code}' was thrown and nothing catches it." + (f" {message}" if message else "")
            self.incident(
                row,
                Trouble("UNHANDLED_ERROR_EVENT", f"{what} Draw an error event around it, then migrate or modify."),
                "loop" if row.element_type == BODY_TYPE else phase,
                result,
            )
            return
        owner, event = caught
        if event.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self.boundary_event(owner, event, variables)
        else:
            self.event_subprocess(owner, event, variables)

    def throw_escalation(self, row: ElementInstance, code: str) -> None:
        """Let an escalation rise; uncaught, the process simply goes on (BPMN 2.0.2, section 10.5.1)."""
        caught = self._catcher(row, "escalation", code)
        if caught is None:
            return
        owner, event = caught
        variables = {**self.local_variables(row.key), **self._told(event, "escalation", code, "")}
        if event.kind == "boundaryEvent":
            assert isinstance(owner, ElementInstance)
            self.boundary_event(owner, event, variables)
        else:
            self.event_subprocess(owner, event, variables)

    def _code(self, row: ElementInstance, event: Event) -> str:
        """Return the code that is thrown; it may be an expression (as in Camunda 8)."""
        if event.expression is None:
            return event.code
        code = self.value(row, event.expression, f"{event.kind} code")
        if isinstance(code, str) and code:
            return code
        raise Trouble(
            "EXTRACT_VALUE_ERROR", self.unfit(row, event.expression.source, f"{event.kind} code", "text", code)
        )

    @staticmethod
    def _told(element: Element, kind: str, code: str, message: str) -> dict[str, str]:
        """Return the variables in which a catching event wants the code and the message of what it catches."""
        parts = [part for part in (element.event.all if element.event else ()) if part.kind == kind]
        found = {part.code_variable: code for part in parts if part.code_variable}
        found.update((part.message_variable, message) for part in parts if part.message_variable)
        return found

    def _catcher(self, row: ElementInstance, kind: str, code: str) -> tuple[Owner, Element] | None:
        current = row
        while True:
            process = self.process_of(current)
            element = process.elements[current.element_id]
            if element.loop is None or current.element_type == BODY_TYPE:
                found = self._matching(process, element.boundary, kind, code)
                if found is not None:
                    return current, found
            scope = self.scope(current.scope_key)
            container = process.root if isinstance(scope, ProcessInstance) else process.elements[scope.element_id]
            interrupted = element.triggered_by_event and process.definition.start_events(element.id)[0].interrupting
            starts = tuple(
                process.definition.start_events(e)[0].id
                for e in container.event_subprocesses
                if e != current.element_id and not interrupted  # what has interrupted a scope leaves it one handler
            )
            found = self._matching(process, starts, kind, code)
            if found is not None:
                return scope, found
            if isinstance(scope, ElementInstance):
                current = scope
            elif scope.parent_element_key is not None:
                current = self.element(scope.parent_element_key)
            else:
                return None

    def _matching(self, process: CompiledProcess, ids: Iterable[str], kind: str, code: str) -> Element | None:
        candidates: list[tuple[Element, Event]] = []
        for element in (process.elements[i] for i in ids):
            candidates.extend(
                (element, part) for part in (element.event.all if element.event else ()) if part.kind == kind
            )
        exact = next((element for element, part in candidates if part.code == code), None)
        return exact or next((element for element, part in candidates if not part.code), None)
