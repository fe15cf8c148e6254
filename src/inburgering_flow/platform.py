"""The embedding API: everything a program needs to run processes in its own process."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from inburgering_flow import feel, i18n, settings
from inburgering_flow.clock import Clock, ManualClock, ServerClock, SystemClock, real_milliseconds, real_now
from inburgering_flow.engine.port import Environment
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.executor.embedded import EmbeddedExecutor, run_due, run_until
from inburgering_flow.keys import Keys
from inburgering_flow.model import outbound
from inburgering_flow.model.changes import Activate, MigrationPlan, Modification, Move, Terminate
from inburgering_flow.model.domain import Domain
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import JobHandler, Plugin
from inburgering_flow.model.runtime import DEFAULT_TENANT, ProcessInstance, UserTask
from inburgering_flow.services import Services, http_calls, severities, uploads
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.context import Context
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.messages import Published
from inburgering_flow.services.nodes import Node
from inburgering_flow.services.processes import InstanceView
from inburgering_flow.services.resources import collect, resource
from inburgering_flow.settings import Settings
from inburgering_flow.store import keys as stored_keys
from inburgering_flow.store import migrations, people
from inburgering_flow.store.database import Database
from inburgering_flow.store.dialects import file_of
from inburgering_flow.store.documents import DocumentRow

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from inburgering_flow.executor.queue import Queue  # imported where it is used: Procrastinate takes 0.2 s
    from inburgering_flow.executor.worker import QueueExecutor

__all__ = ["ManualClock", "Platform", "SystemClock", "evaluate", "load_plugins"]


def load_plugins(names: str) -> list[Plugin]:
    """Import the plug-in modules named, separated by commas, and return their tables."""
    found = []
    for name in filter(None, (n.strip() for n in names.split(","))):
        try:
            module = importlib.import_module(name)
        except ImportError as error:
            raise InvalidInput(
                f"Plug-in '{name}' cannot be imported: {error}.", remedy="Check INBURGERING_FLOW_PLUGINS."
            ) from None
        found.append(module.plugin())
    return found


def evaluate(text: str, variables: Mapping[str, Any] | None = None) -> Any:
    """Return the value of a FEEL expression, which may use the functions of the configured plug-ins."""
    return feel.evaluate(text, variables, functions=plugin_functions())


def explain(text: str, variables: Mapping[str, Any] | None = None) -> feel.Explanation:
    """Explain the result of a FEEL expression, which may use the functions of the configured plug-ins."""
    return feel.explain(text, variables, functions=plugin_functions())


def plugin_functions() -> dict[str, Callable[..., Any]]:
    """Return the FEEL functions of the configured plug-ins by name."""
    functions: dict[str, Callable[..., Any]] = {}
    for plugin in load_plugins(settings.read().plugins):
        functions.update(plugin.functions)
    return functions


def _queue_of(services: Services) -> Queue:
    """Return the queue, with its tables made, to which what becomes due is sent from now on."""
    context, node = services.context, services.node
    if node is None:
        raise InvalidInput(
            "The executor queue needs a database server.",
            remedy=f"Set {settings.PREFIX}DATABASE_URL to a server, or {settings.PREFIX}EXECUTOR to embedded.",
        )
    from inburgering_flow.executor.queue import Queue

    tenants = [name.strip() for name in context.settings.tenants.split(",") if name.strip()]
    found = Queue(context, tenants or [DEFAULT_TENANT])
    found.prepare(is_alone=node.is_of_newest)
    context.db.dispatch = found.dispatch
    return found


class Platform:
    """An open database: the stable façade for a program that embeds it. Thread-safe; close it, or use it in ``with``.

    Pages and the API use its ``services``, which may change.
    """

    def __init__(self, services: Services) -> None:
        self.services = services
        self.context = services.context
        self.clock: Any = services.context.clock
        self.node = services.node
        self._executor: EmbeddedExecutor | QueueExecutor | None = None
        self._queue: Queue | None = None
        if self.context.settings.executor == "queue":
            self._queue = _queue_of(services)

    @classmethod
    def open(
        cls,
        url: str | None = None,
        *,
        clock: Clock | None = None,
        settings_: Settings | None = None,
        plugins: Sequence[Plugin] | None = None,
        handlers: Mapping[str, JobHandler] | None = None,
    ) -> Self:
        """Open (and if needed create or migrate) the database at ``url``.

        ``handlers`` add job types to those of the plug-ins. Raises InvalidInput for a URL that cannot be
        used, and for a file of lint rules that lowers what protects the engine.
        """
        chosen = settings_ or settings.read()
        if url is not None:
            chosen = Settings(**{**chosen.__dict__, "database_url": url})
        grave = severities.read(chosen.rules)
        file = file_of(chosen.database_url)
        if file is not None:
            file.resolve().parent.mkdir(parents=True, exist_ok=True)
        db = Database(chosen.database_url, synchronous=chosen.synchronous, lock_seconds=chosen.lock_seconds)
        try:
            return cls._opened(db, chosen, file, grave, clock, plugins, handlers)
        except BaseException:
            db.close()
            raise

    @classmethod
    def _opened(
        cls, db: Database, chosen: Settings, file: Path | None, grave: Mapping[str, str], clock: Clock | None,
        plugins: Sequence[Plugin] | None, handlers: Mapping[str, JobHandler] | None,
    ) -> Self:  # fmt: skip
        with db.explained():
            migrations.upgrade(db.engine)
            with db.read() as unit:
                settings.refuse_new_secret(chosen, file, is_needed=people.any_encrypted(unit) is not None)
        domain = Domain(load_plugins(chosen.plugins) if plugins is None else plugins)
        for plugin in domain.plugins:
            if plugin.locales is not None:
                i18n.include(plugin.locales)
        uploads.scanner_of(chosen)
        called = http_calls.handler(outbound.hosts(chosen.http_hosts))
        functions, all_handlers = domain.functions, {outbound.JOB_TYPE: called, **domain.job_types, **(handlers or {})}
        clock, milliseconds, real = clock or SystemClock(), real_milliseconds, real_now
        if type(clock) is SystemClock and db.dialect.clock is not None:  # nodes go by one clock
            clock = ServerClock()
            milliseconds, real = clock.milliseconds, clock.now
        keys = Keys(chosen.node, milliseconds)
        with db.read() as unit:
            keys.go_beyond(stored_keys.newest(unit))
        catalog = StoredCatalog(db, frozenset(functions))
        env = Environment(
            catalog, keys.next, ZoneInfo(chosen.zone), functions, chosen.call_depth, chosen.step_rounds, chosen.step_seconds
        )
        secret = settings.secret_of(chosen, file)
        context = Context(
            db, clock, keys, chosen, secret, catalog, env, domain, all_handlers, functions,
            domain.explanations, grave, domain.roles, real,
        )
        services = Services(context)
        if db.dialect.clock is not None:  # several processes may work on a server's database: each has a number of its own
            services.node = Node(context, wanted=None if chosen.node < 0 else chosen.node)
        try:
            services.people.check_key()
            services.audit_chain.begin()
            return cls(services)
        except BaseException:
            if services.node is not None:
                services.node.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- definitions -----------------------------------------------------------------------------------------------

    def deploy(self, *paths: str | Path, actor: Actor = SYSTEM) -> list[Deployed]:
        """Deploy files or folders; raises DeploymentRejected with findings, and then nothing is deployed."""
        return self.services.deployments.deploy(collect(paths), actor)

    def deploy_content(self, name: str, content: bytes | str, actor: Actor = SYSTEM) -> list[Deployed]:
        """Deploy one resource given as text or bytes."""
        return self.services.deployments.deploy([resource(name, content)], actor)

    @property
    def deployments(self) -> Deployments:
        """The use cases of deploying: several files from memory at once, checking without deploying."""
        return self.services.deployments

    # -- cases -----------------------------------------------------------------------------------------------------

    def start(
        self, process_id: str, variables: Mapping[str, Any] | None = None, *, person: int | None = None,
        business_key: str = "", owner: str | None = None, location: str | None = None,
    ) -> int:  # fmt: skip
        """Start the newest version of a process; return the key of the instance."""
        return self.services.processes.start(
            process_id, variables, person_key=person, business_key=business_key, owner=owner, location=location
        )

    def instance(self, key: int) -> InstanceView:
        """Return an instance with its variables, elements and incidents."""
        return self.services.processes.get(key)

    def instances(self, process_definition_id: str | None = None, state: str | None = None) -> list[ProcessInstance]:
        """Return summaries, newest last; called instances included."""
        return self.services.processes.search(process_definition_id, state)

    def cancel(self, key: int) -> None:
        """Terminate a case."""
        self.services.processes.cancel(key)

    def suspend(self, key: int) -> None:
        """Let a case and all that it called stand still: nothing in it moves, but it can be cancelled."""
        self.services.changes.suspend(key)

    def resume(self, key: int) -> None:
        """Let a suspended case go on: what became due meanwhile is due now."""
        self.services.changes.resume(key)

    def modify(
        self, key: int, *, activate: Sequence[Activate] = (), terminate: Sequence[Terminate] = (),
        move: Sequence[Move] = (),
    ) -> None:  # fmt: skip
        """Put, end and move tokens of one instance, all or nothing; raises ModificationRefused with every reason.

        The instructions are values of ``inburgering_flow.model.changes``: ``Activate("b")``, ``Terminate(element_id="a")``,
        ``Move("b", source_id="a")``.
        """
        self.services.changes.modify(key, Modification(activate, terminate, move))

    def migrate(
        self, key: int, target_definition_key: int, mapping: Mapping[str, str] | None = None, *, same_ids: bool = False
    ) -> None:
        """Move an instance to another definition; raises MigrationRefused with a sentence per element that prevents it.

        ``mapping`` says which element becomes which; ``same_ids`` maps those that have the same id in both.
        """
        self.services.migration_plans.migrate(key, MigrationPlan(target_definition_key, mapping or {}, same_ids))

    def resolve_all(self, key: int) -> int:
        """Retry whatever is stuck in an instance and in what it called; return how many incidents there were."""
        return self.services.incidents.resolve_all(key)

    def delete(self, key: int) -> None:
        """Delete a finished case with its history, tasks and documents for good; the audit log stays."""
        self.services.deletions.delete(key)

    def register_person(self, fields: Mapping[str, Any]) -> int:
        """Store a citizen apart from cases and return the key to start a case with."""
        return self.services.people.register(fields)

    def documents(self, instance_key: int) -> list[DocumentRow]:
        """Return the documents of the case that an instance belongs to, oldest first."""
        return self.services.documents.of_case(instance_key)

    # -- tasks -----------------------------------------------------------------------------------------------------

    def tasks(
        self, *, state: str | None = None, candidate_group: str | None = None, assignee: str | None = None,
        instance: int | None = None, element_id: str | None = None,
    ) -> list[UserTask]:  # fmt: skip
        """Return user tasks, the most urgent first; ``instance`` also finds those of called instances."""
        return self.services.task_lists.find(
            state=state,
            candidate_group=candidate_group,
            assignee=assignee,
            instance_key=instance,
            element_id=element_id,
        )

    def claim(self, key: int, *, user: str) -> None:
        """Take a task; raises Conflict if somebody else was first."""
        self.services.user_tasks.claim(key, user)

    def update_task(self, key: int, **fields: Any) -> None:
        """Change candidate_groups, candidate_users, due, follow_up or priority of a task."""
        self.services.user_tasks.update(key, **fields)

    def release(self, key: int, *, user: str) -> None:
        """Give a task back."""
        self.services.user_tasks.release(key, Actor(user, is_system=True))

    def complete(self, key: int, variables: Mapping[str, Any] | None = None, *, user: str = "system") -> None:
        """Complete a task with the form's answers."""
        self.services.user_tasks.complete(key, variables, user=user)

    # -- messages, time, trouble -----------------------------------------------------------------------------------

    def publish(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None,
        time_to_live: timedelta | None = None, message_id: str | None = None, person: int | None = None,
    ) -> Published:  # fmt: skip
        """Publish a message; it is kept for ``time_to_live`` (a day where none is given) if nobody waits for it yet, and one of
        a partner until a case hears it or somebody handles it.
        """
        return self.services.messages.publish(
            name, correlation_key=correlation_key, variables=variables, time_to_live=time_to_live, message_id=message_id,
            person_key=person,
        )  # fmt: skip

    def correlate(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None
    ) -> Published:
        """Hand over a message now; raises NotFound if nobody waits for it."""
        return self.services.messages.correlate(name, correlation_key=correlation_key, variables=variables)

    def broadcast(self, name: str, variables: Mapping[str, Any] | None = None) -> tuple[int, ...]:
        """Let everything that waits for a signal catch it; return the instances that did at once."""
        return self.services.signals.broadcast(name, variables)

    def evaluate_conditionals(self, variables: Mapping[str, Any], process_id: str | None = None) -> tuple[int, ...]:
        """Start each process whose conditional start event is true for these variables; return the instances."""
        return self.services.signals.evaluate_conditionals(variables, process_id)

    def activate_ad_hoc(self, element_instance_key: int, element_ids: Sequence[str]) -> None:
        """Start activities of an active ad-hoc sub-process."""
        self.services.processes.activate_ad_hoc(element_instance_key, element_ids)

    def run_due(self) -> int:
        """Run timers and in-process jobs due at ``clock.now()``, in order of when they are due; return how many ran."""
        return run_due(self.services.jobs)

    def run_until(self, target: datetime) -> int:
        """Let time pass to ``target`` on a clock that can be moved, and run what is due at its moment; return how many ran."""
        return run_until(self.services.jobs, self.clock, target)

    def next_due(self) -> datetime | None:
        """Return when the next timer is due, or work of a type that this program does; None where nothing is."""
        return self.services.jobs.next_due()

    def resolve(self, incident_key: int) -> None:
        """Retry what an incident stopped."""
        self.services.incidents.resolve(incident_key)

    def start_executor(self, *, types: Sequence[str] | None = None, concurrency: int | None = None) -> None:
        """Run due work in threads of this process from now on: all of it, or with the setting ``executor=queue`` what this
        node gets of it. ``types`` limits the jobs of handlers to some types; raises InvalidInput for one without a handler.
        """
        if self._executor is not None:
            return
        unknown = sorted(set(types or ()) - set(self.context.handlers))
        if unknown:
            raise InvalidInput(
                f"There is no handler for jobs of type {', '.join(unknown)}.",
                remedy=f"Choose from {', '.join(sorted(self.context.handlers))}.",
            )
        services = self.services
        if self._queue is None:
            self._executor = EmbeddedExecutor(services.jobs, services.upkeep)
        else:
            from inburgering_flow.executor.worker import QueueExecutor

            chosen = self.context.settings
            self._executor = QueueExecutor(
                services.jobs, self._queue, services.upkeep, types=types, concurrency=concurrency or chosen.concurrency,
                drain_seconds=chosen.drain_seconds,
            )  # fmt: skip
        self.context.on_work.append(self._executor.wake)
        self._executor.start()

    def keep_node(self, role: str) -> None:
        """Show this process among the nodes, as what it is, for as long as it lives; where there are nodes."""
        if self.node is not None:
            self.node.tell(role=role)
            self.node.keep(self._facts)

    def drain(self) -> None:
        """Take no more due work, and wait for what has begun, at most as long as the settings say."""
        self.context.is_draining = True
        if self.node is not None:
            try:
                self.node.tell(is_draining=True)
            except FlowError as error:  # the database is away, which is no reason not to end
                log.warning("node %s ends, and could not say so: %s", self.node.number, error.code)
        if self._executor is not None:
            self._executor.stop()
            self._executor = None

    def _facts(self) -> Mapping[str, Any]:
        executor, off = self._executor, self.services.clock_guard.off()
        found: dict[str, Any] = {"clock_off": off} if off else {}
        if executor is not None and not isinstance(executor, EmbeddedExecutor):
            found |= {"types": list(executor.types), "concurrency": executor.concurrency, "doing": executor.doing()}
        return found

    def close(self) -> None:
        """Stop the executor and give back every connection."""
        if self._executor is not None:
            self._executor.stop()
            self._executor = None
        self.services.jobs.leases.stop()
        if self.node is not None:
            self.node.close()
        self.context.db.close()
