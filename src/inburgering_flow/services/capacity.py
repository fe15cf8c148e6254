"""Nodes, queues, lag and dead work, for the page of the operator and as metrics; nothing of it is about a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from inburgering_flow.model import permissions
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.services.context import Context
from inburgering_flow.store import capacity, nodes
from inburgering_flow.store.nodes import NodeRow

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
ENGINE = "engine"


@dataclass(frozen=True)
class Lane:
    """Work that is due of one kind: the engine's own, or a job type."""

    name: str
    due: int
    held: int
    lag: float
    """Seconds since the oldest of it became due."""


@dataclass(frozen=True)
class Load:
    """What there is to do, and who does it; ``messages`` are those that wait in the queue, by its name."""

    now: datetime
    nodes: tuple[NodeRow, ...]
    lanes: tuple[Lane, ...]
    messages: dict[str, int]
    dead: int


class Capacity(Collector):
    """Use cases about nodes and the work that is due."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.registry = CollectorRegistry()
        self.registry.register(self)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def load(self, actor: Actor) -> Load:
        """Return what there is to do now and who does it."""
        actor.require(permissions.JOBS)
        now = self.context.clock.now()
        with self.context.db.read() as unit:
            found = capacity.due_work(unit, now)
            every = tuple(nodes.every(unit))
            messages, dead = capacity.messages(unit), capacity.dead(unit)
        lanes: dict[str, list[capacity.DueWork]] = {}
        for one in found:
            lanes.setdefault(one.type if one.kind == "JOB" else ENGINE, []).append(one)
        return Load(
            now, every,
            tuple(
                Lane(
                    name, sum(one.due for one in work), sum(one.held for one in work),
                    max(0.0, (now - min(one.since for one in work)).total_seconds()),
                )
                for name, work in sorted(lanes.items())
            ),
            messages, dead,
        )  # fmt: skip

    def metrics(self) -> bytes:
        """Return the metrics of this process and of the database that it works on, as Prometheus reads them."""
        return generate_latest(self.registry)

    def describe(self) -> list[GaugeMetricFamily]:
        """Say nothing beforehand: no look in the database when the process starts."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the figures of this moment."""
        found = self.load(SYSTEM)
        due = GaugeMetricFamily("flow_due_jobs", "Work that is due and not done.", labels=["type"])
        held = GaugeMetricFamily("flow_leased_jobs", "Work that is due and being done.", labels=["type"])
        lag = GaugeMetricFamily("flow_due_lag_seconds", "Seconds since the oldest work became due.", labels=["type"])
        for lane in found.lanes:
            due.add_metric([lane.name], lane.due)
            held.add_metric([lane.name], lane.held)
            lag.add_metric([lane.name], lane.lag)
        waiting = GaugeMetricFamily("flow_queue_messages", "Messages that wait in the queue.", labels=["queue"])
        for name, number in sorted(found.messages.items()):
            waiting.add_metric([name], number)
        roles = GaugeMetricFamily("flow_nodes", "Processes that work on the database.", labels=["role", "draining"])
        counts: dict[tuple[str, str], int] = {}
        for node in found.nodes:
            of = node.role, str(node.is_draining).lower()
            counts[of] = counts.get(of, 0) + 1
        for labels, number in sorted(counts.items()):
            roles.add_metric(list(labels), number)
        dead = GaugeMetricFamily("flow_dead_jobs", "Jobs that stand still until somebody resolves their incident.")
        dead.add_metric([], found.dead)
        yield from (due, held, lag, waiting, roles, dead)
