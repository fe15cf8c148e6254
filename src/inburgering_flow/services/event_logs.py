"""Event logs for process mining: OCEL 2.0 (JSON) and XES (IEEE 1849-2016) of the cases that somebody sees.

Numbers of cases are replaced by a keyed hash under a key that is made for each file and kept nowhere, so that two files cannot be
put together. Staff stand in it as the role that a task was for. No variable of a case is in it. It is written a portion of cases
at a time, so that a large one is never in memory.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from inburgering_flow.clock import end_of_day, start_of_day
from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.i18n import _
from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import Actor
from inburgering_flow.services.again import again
from inburgering_flow.services.context import Context
from inburgering_flow.services.figures import Names
from inburgering_flow.store import event_logs
from inburgering_flow.store.event_logs import Happened, Part

OCEL, XES = "ocel", "xes"
MOST_CASES = 5_000
"""Cases in one file: some 700,000 events."""
PORTION = 100
"""Cases that are read in one go."""
CASE, PART = "case", "process"


@dataclass(frozen=True)
class Event:
    """Something that happened in a process of a case."""

    id: str
    activity: str
    process: str
    moment: datetime
    lifecycle: str
    """As XES says it: schedule, start, complete."""
    role: str
    case: str
    part: str


@dataclass(frozen=True)
class _Portion:
    """Some cases: the parts of each, and their events in order."""

    cases: Mapping[str, list[tuple[Part, str]]]
    events: Mapping[str, list[Event]]


class EventLogs:
    """Writing event logs, as an actor."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def write(self, form: str, since: date, until: date, actor: Actor) -> Iterator[bytes]:
        """Return a log of the cases that began from one day to another, piece by piece; that somebody took it stands in the
        audit log. Raises Forbidden for who sees no cases, InvalidInput where more fit than one file holds, or none do.
        """
        actor.require(permissions.FIGURES)
        if not actor.sees:
            raise Forbidden(
                _("An event log follows single cases, and you see none."), remedy=_("Ask somebody who may see the cases.")
            )
        writers: Mapping[str, Callable[[list[int], Actor], Iterator[str]]] = {OCEL: self._ocel, XES: self._xes}
        if form not in writers:
            raise InvalidInput(_("There is no event log of this kind."), remedy=_("Choose OCEL or XES."))
        if since > until:
            raise InvalidInput(_("The first day lies after the last one."), remedy=_("Choose other days."))
        with self.context.db.read() as unit:
            keys = event_logs.roots(unit, actor, start_of_day(since), end_of_day(until), MOST_CASES + 1)
        if len(keys) > MOST_CASES:
            raise InvalidInput(
                _("More than {most} cases began on these days, which is more than one file holds.").format(most=MOST_CASES),
                remedy=_("Choose fewer days."),
            )
        if not keys:
            raise InvalidInput(_("No case that you see began on these days."), remedy=_("Choose other days."))
        self._log(f"event-log.{form} {since.isoformat()} {until.isoformat()}", actor)
        return (text.encode() for text in writers[form](keys, actor))

    @again
    def _log(self, what: str, actor: Actor) -> None:
        with self.context.db.write() as unit:
            self.context.log(unit, actor.username, "export.file", detail={"what": what})

    def _portions(self, keys: Sequence[int], actor: Actor, key: bytes, *, with_events: bool = True) -> Iterator[_Portion]:
        for start in range(0, len(keys), PORTION):
            with self.context.db.read() as unit, self.context.catalog.within(unit):
                names, catalog = Names(self.context, unit), self.context.catalog
                parts = [
                    one for one in event_logs.parts(unit, keys[start : start + PORTION])
                    if not actor.closed(catalog.family_of(one.definition_key))
                ]  # fmt: skip
                cases: dict[str, list[tuple[Part, str]]] = {}
                for one in parts:
                    cases.setdefault(_hash(key, one.root_key), []).append((one, names.process(one.process_id)))
                events: dict[str, list[Event]] = {}
                if with_events and parts:
                    by_key = {one.key: one for one in parts}
                    found = event_logs.happened(unit, list(by_key))
                    taken = event_logs.taken(unit, [done.task_key for done in found if done.task_key is not None])
                    for done in found:
                        part = by_key[done.instance_key]
                        made = _events(done, part, names, taken, key)
                        events.setdefault(_hash(key, part.root_key), []).extend(made)
            yield _Portion(cases, {case: sorted(made, key=lambda e: (e.moment, e.id)) for case, made in events.items()})

    # -- OCEL 2.0 ------------------------------------------------------------------------------------------------------

    def _ocel(self, keys: list[int], actor: Actor) -> Iterator[str]:
        """Yield objects, then events, then which kinds of events there were: a JSON object has no order."""
        key = secrets.token_bytes(32)
        kinds = [{"name": CASE, "attributes": []}, {"name": PART, "attributes": [{"name": "process", "type": "string"}]}]
        yield f'{{"objectTypes": {_json(kinds)}, "objects": ['
        comma = ""
        for portion in self._portions(keys, actor, key, with_events=False):
            for case, parts in portion.cases.items():
                yield f"{comma}{_json({'id': case, 'type': CASE, 'attributes': [], 'relationships': []})}"
                comma = ",\n"
                for part, name in parts:
                    attribute = {"name": "process", "time": _moment(part.start), "value": name}
                    within = [{"objectId": case, "qualifier": "of"}]
                    made = {"id": _hash(key, part.key, PART), "type": PART, "attributes": [attribute], "relationships": within}
                    yield f"{comma}{_json(made)}"
        yield '],\n"events": ['
        comma, types = "", set[str]()
        for portion in self._portions(keys, actor, key):
            for events in portion.events.values():
                for event in events:
                    if event.lifecycle == "complete":
                        types.add(event.activity)
                        yield f"{comma}{_json(_ocel_event(event))}"
                        comma = ",\n"
        attributes = [{"name": name, "type": "string"} for name in ("process", "role")]
        yield f'],\n"eventTypes": {_json([{"name": name, "attributes": attributes} for name in sorted(types)])}}}\n'

    # -- XES -----------------------------------------------------------------------------------------------------------

    def _xes(self, keys: list[int], actor: Actor) -> Iterator[str]:
        key = secrets.token_bytes(32)
        yield _XES_HEAD
        for portion in self._portions(keys, actor, key):
            for case in portion.cases:
                yield f"  <trace>\n    {_string('concept:name', case)}\n"
                for event in portion.events.get(case, ()):
                    yield _xes_event(event)
                yield "  </trace>\n"
        yield "</log>\n"


def _events(one: Happened, part: Part, names: Names, taken: Mapping[int, datetime], key: bytes) -> list[Event]:
    activity, process = names.step(part.process_id, one.element_id), names.process(part.process_id)
    moments = [("complete", one.end)]
    if one.task_key is not None:
        got = taken.get(one.task_key)
        moments = [("schedule", one.start), *([("start", got)] if got is not None and got <= one.end else []), *moments]
    return [
        Event(_hash(key, one.key, lifecycle), activity, process, moment, lifecycle, one.role or "", _hash(key, part.root_key),
              _hash(key, part.key, PART))
        for lifecycle, moment in moments
    ]  # fmt: skip


def _hash(key: bytes, number: int, what: str = CASE) -> str:
    return hmac.new(key, f"{what}:{number}".encode(), hashlib.sha256).hexdigest()[:24]


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _ocel_event(event: Event) -> Mapping[str, Any]:
    attributes = [{"name": "process", "value": event.process}, *([{"name": "role", "value": event.role}] if event.role else [])]
    related = [{"objectId": event.case, "qualifier": "in"}, {"objectId": event.part, "qualifier": "in"}]
    return {
        "id": event.id, "type": event.activity, "time": _moment(event.moment), "attributes": attributes, "relationships": related,
    }  # fmt: skip


_XES_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <global scope="trace">
    <string key="concept:name" value=""/>
  </global>
  <global scope="event">
    <string key="concept:name" value=""/>
    <date key="time:timestamp" value="1970-01-01T00:00:00.000Z"/>
    <string key="lifecycle:transition" value="complete"/>
  </global>
  <classifier name="Activity" keys="concept:name"/>
  <string key="lifecycle:model" value="standard"/>
"""


def _string(key: str, value: str) -> str:
    return f'<string key="{key}" value={quoteattr(value)}/>'


def _xes_event(event: Event) -> str:
    role = f"\n      {_string('org:role', event.role)}" if event.role else ""
    return (
        f"    <event>\n      {_string('concept:name', event.activity)}\n"
        f'      <date key="time:timestamp" value="{_moment(event.moment)}"/>\n'
        f"      {_string('lifecycle:transition', event.lifecycle)}{role}\n"
        f"      {_string('process', event.process)}\n    </event>\n"
    )
