"""The embedding API: everything a program needs to run processes in its own process."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from inburgering_flow import feel, settings
from inburgering_flow.clock import Clock, ManualClock, SystemClock
from inburgering_flow.engine.port import Environment
from inburgering_flow.errors import InvalidInput
from inburgering_flow.executor.embedded import EmbeddedExecutor, run_due
from inburgering_flow.keys import Keys
from inburgering_flow.model.changes import Activate, MigrationPlan, Modification, Move, Terminate
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.model.plugin import JobHandler, Plugin
from inburgering_flow.model.runtime import ProcessInstance, UserTask
from inburgering_flow.services import severities
from inburgering_flow.services.accounts import Accounts
from inburgering_flow.services.audit_log import AuditLog
from inburgering_flow.services.batches import Batches
from inburgering_flow.services.cases import Cases
from inburgering_flow.services.catalog import StoredCatalog
from inburgering_flow.services.changes import Changes
from inburgering_flow.services.context import Context
from inburgering_flow.services.corrections import Corrections
from inburgering_flow.services.deletions import Deletions
from inburgering_flow.services.deployments import Deployed, Deployments
from inburgering_flow.services.documents import Documents
from inburgering_flow.services.drafts import Drafts
from inburgering_flow.services.incidents import Incidents
from inburgering_flow.services.jobs import Jobs
from inburgering_flow.services.messages import Messages, Published
from inburgering_flow.services.migration_plans import MigrationPlans
from inburgering_flow.services.people import People
from inburgering_flow.services.processes import InstanceView, Processes
from inburgering_flow.services.proposals import Proposals
from inburgering_flow.services.reports import Reports
from inburgering_flow.services.resources import collect, resource
from inburgering_flow.services.signals import Signals
from inburgering_flow.services.steps import DEFAULT_TIME_TO_LIVE, Steps
from inburgering_flow.services.task_lists import TaskLists
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.services.trials import Trials
from inburgering_flow.settings import Settings
from inburgering_flow.store import keys as stored_keys
from inburgering_flow.store import migrations
from inburgering_flow.store.database import Database
from inburgering_flow.store.documents import DocumentRow

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
    """Return the value of a FEEL expression with the configured plug-ins' functions known."""
    return feel.evaluate(text, variables, functions=plugin_functions())


def explain(text: str, variables: Mapping[str, Any] | None = None) -> feel.Explanation:
    """Say why a FEEL expression gives what it gives, with the configured plug-ins' functions known."""
    return feel.explain(text, variables, functions=plugin_functions())


def plugin_functions() -> dict[str, Callable[..., Any]]:
    """Return the FEEL functions of the configured plug-ins by name."""
    functions: dict[str, Callable[..., Any]] = {}
    for plugin in load_plugins(settings.read().plugins):
        functions.update(plugin.functions)
    return functions


class Platform:
    """An open database with its services. Thread-safe; close it, or use it as a context manager."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.clock: Any = context.clock
        self.steps = Steps(context)
        self.deployments = Deployments(context)
        self.proposals = Proposals(context, self.deployments)
        self.processes = Processes(context, self.steps)
        self.user_tasks = Tasks(context, self.steps)
        self.task_lists = TaskLists(context)
        self.cases = Cases(context, self.user_tasks)
        self.drafts = Drafts(context, self.user_tasks)
        self.trials = Trials(context, self.cases)
        self.corrections = Corrections(context, self.steps, self.cases)
        self.accounts = Accounts(context)
        self.audit_log = AuditLog(context)
        self.messages = Messages(context, self.steps)
        self.signals = Signals(context, self.steps)
        self.incidents = Incidents(context, self.steps)
        self.people = People(context)
        self.reports = Reports(context)
        self.documents_service = Documents(context)
        self.changes = Changes(context, self.steps)
        self.migration_plans = MigrationPlans(context, self.steps, self.changes)
        self.deletions = Deletions(context, self.steps)
        self.batches = Batches(
            context, self.processes, self.changes, self.migration_plans, self.incidents, self.deletions
        )
        self.jobs = Jobs(context, self.steps, self.people, self.batches)
        self._executor: EmbeddedExecutor | None = None

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
        """Open (and where needed create or migrate) the database at ``url``.

        ``handlers`` add job types to those of the plug-ins. Raises InvalidInput for a URL that cannot be
        used, and for a file of lint rules that lowers what protects the engine.
        """
        chosen = settings_ or settings.read()
        if url is not None:
            chosen = Settings(**{**chosen.__dict__, "database_url": url})
        grave = severities.read(chosen.rules)
        prefix = "sqlite:///"
        if chosen.database_url.startswith(prefix):
            Path(chosen.database_url.removeprefix(prefix)).resolve().parent.mkdir(parents=True, exist_ok=True)
        db = Database(chosen.database_url, synchronous=chosen.synchronous)
        migrations.upgrade(db.engine)
        found = list(load_plugins(chosen.plugins) if plugins is None else plugins)
        all_handlers: dict[str, JobHandler] = {}
        functions: dict[str, Callable[..., Any]] = {}
        explanations: dict[str, Callable[..., Any]] = {}
        for plugin in found:
            explanations.update(plugin.explanations)
            all_handlers.update(plugin.job_types)
            functions.update(plugin.functions)
        all_handlers.update(handlers or {})
        keys = Keys(chosen.node)
        with db.read() as unit:
            keys.go_beyond(stored_keys.newest(unit))
        catalog = StoredCatalog(db, frozenset(functions))
        env = Environment(catalog, keys.next, ZoneInfo(chosen.zone), functions)
        secret = settings.secret_of(chosen)
        return cls(
            Context(
                db,
                clock or SystemClock(),
                keys,
                chosen,
                secret,
                catalog,
                env,
                found,
                all_handlers,
                functions,
                explanations,
                severities=grave,
            )
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- definitions -----------------------------------------------------------------------------------------------

    def deploy(self, *paths: str | Path, actor: Actor = SYSTEM) -> list[Deployed]:
        """Deploy files or folders; raises DeploymentRejected with findings, and then nothing is deployed."""
        return self.deployments.deploy(collect(paths), actor)

    def deploy_content(self, name: str, content: bytes | str, actor: Actor = SYSTEM) -> list[Deployed]:
        """Deploy one resource given as text or bytes."""
        return self.deployments.deploy([resource(name, content)], actor)

    # -- cases -----------------------------------------------------------------------------------------------------

    def start(
        self, process_id: str, variables: Mapping[str, Any] | None = None, *, person: int | None = None,
        business_key: str = "", owner: str | None = None, location: str | None = None,
    ) -> int:  # fmt: skip
        """Start the newest version of a process; return the key of the instance."""
        return self.processes.start(
            process_id, variables, person_key=person, business_key=business_key, owner=owner, location=location
        )

    def instance(self, key: int) -> InstanceView:
        """Return an instance with its variables, elements and incidents."""
        return self.processes.get(key)

    def instances(self, process_definition_id: str | None = None, state: str | None = None) -> list[ProcessInstance]:
        """Return summaries, newest last; called instances included."""
        return self.processes.search(process_definition_id, state)

    def cancel(self, key: int) -> None:
        """Terminate a case."""
        self.processes.cancel(key)

    def suspend(self, key: int) -> None:
        """Let a case and all that it called stand still: nothing of it moves, but it can be cancelled."""
        self.changes.suspend(key)

    def resume(self, key: int) -> None:
        """Let a suspended case go on: what became due meanwhile is due now."""
        self.changes.resume(key)

    def modify(
        self, key: int, *, activate: Sequence[Activate] = (), terminate: Sequence[Terminate] = (),
        move: Sequence[Move] = (),
    ) -> None:  # fmt: skip
        """Put, end and move tokens of one instance, all or nothing; raises ModificationRefused with every reason.

        The instructions are values of ``inburgering_flow.model.changes``: ``Activate("b")``, ``Terminate(element_id="a")``,
        ``Move("b", source_id="a")``.
        """
        self.changes.modify(key, Modification(activate, terminate, move))

    def migrate(
        self, key: int, target_definition_key: int, mapping: Mapping[str, str] | None = None, *, same_ids: bool = False
    ) -> None:
        """Let an instance take another definition; raises MigrationRefused with a sentence per element in the way.

        ``mapping`` says which element becomes which; ``same_ids`` maps those that have the same id in both.
        """
        self.migration_plans.migrate(key, MigrationPlan(target_definition_key, mapping or {}, same_ids))

    def resolve_all(self, key: int) -> int:
        """Retry whatever is stuck in an instance and in what it called; return how many incidents there were."""
        return self.incidents.resolve_all(key)

    def delete(self, key: int) -> None:
        """Delete a finished case with its history, tasks and documents for good; the audit log stays."""
        self.deletions.delete(key)

    def register_person(self, fields: Mapping[str, Any]) -> int:
        """Store a citizen apart from cases and return the key to start a case with."""
        return self.people.register(fields)

    def documents(self, instance_key: int) -> list[DocumentRow]:
        """Return the documents of the case that an instance belongs to, oldest first."""
        return self.documents_service.of_case(instance_key)

    # -- tasks -----------------------------------------------------------------------------------------------------

    def tasks(
        self, *, state: str | None = None, candidate_group: str | None = None, assignee: str | None = None,
        instance: int | None = None, element_id: str | None = None,
    ) -> list[UserTask]:  # fmt: skip
        """Return user tasks, the most urgent first; ``instance`` also finds those of called instances."""
        return self.task_lists.find(
            state=state,
            candidate_group=candidate_group,
            assignee=assignee,
            instance_key=instance,
            element_id=element_id,
        )

    def claim(self, key: int, *, user: str) -> None:
        """Take a task; raises Conflict when somebody else was first."""
        self.user_tasks.claim(key, user)

    def update_task(self, key: int, **fields: Any) -> None:
        """Change candidate_groups, candidate_users, due, follow_up or priority of a task."""
        self.user_tasks.update(key, **fields)

    def release(self, key: int, *, user: str) -> None:
        """Give a task back."""
        self.user_tasks.release(key, Actor(user, is_system=True))

    def complete(self, key: int, variables: Mapping[str, Any] | None = None, *, user: str = "system") -> None:
        """Complete a task with the form's answers."""
        self.user_tasks.complete(key, variables, user=user)

    # -- messages, time, trouble -----------------------------------------------------------------------------------

    def publish(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None,
        time_to_live: timedelta = DEFAULT_TIME_TO_LIVE, message_id: str | None = None, person: int | None = None,
    ) -> Published:  # fmt: skip
        """Publish a message; it is kept for ``time_to_live`` where nobody waits for it yet."""
        return self.messages.publish(
            name, correlation_key=correlation_key, variables=variables, time_to_live=time_to_live, message_id=message_id,
            person_key=person,
        )  # fmt: skip

    def correlate(
        self, name: str, *, correlation_key: str = "", variables: Mapping[str, Any] | None = None
    ) -> Published:
        """Hand over a message now; raises NotFound where nobody waits for it."""
        return self.messages.correlate(name, correlation_key=correlation_key, variables=variables)

    def broadcast(self, name: str, variables: Mapping[str, Any] | None = None) -> tuple[int, ...]:
        """Let everything that waits for a signal hear it; return the instances that did at once."""
        return self.signals.broadcast(name, variables)

    def evaluate_conditionals(self, variables: Mapping[str, Any], process_id: str | None = None) -> tuple[int, ...]:
        """Start each process whose conditional start event is true for these variables; return the instances."""
        return self.signals.evaluate_conditionals(variables, process_id)

    def activate_ad_hoc(self, element_instance_key: int, element_ids: Sequence[str]) -> None:
        """Start activities of an active ad-hoc sub-process."""
        self.processes.activate_ad_hoc(element_instance_key, element_ids)

    def run_due(self) -> int:
        """Run timers and in-process jobs due at ``clock.now()``, in order of due; return how many ran."""
        return run_due(self.jobs)

    def next_due(self) -> Any:
        """Return when the next timer or job is due, or None."""
        from inburgering_flow.store import jobs

        with self.context.db.read() as unit:
            return jobs.next_due(unit)

    def resolve(self, incident_key: int) -> None:
        """Retry what an incident stopped."""
        self.incidents.resolve(incident_key)

    def start_executor(self) -> None:
        """Run due work in a thread of this process from now on."""
        if self._executor is None:
            upkeep = [self.audit_log.seal, self.messages.forget, self.jobs.forget, self.drafts.forget]
            self._executor = EmbeddedExecutor(self.jobs, upkeep)
            self.context.on_work.append(self._executor.wake)
            self._executor.start()

    def close(self) -> None:
        """Stop the executor and give back every connection."""
        if self._executor is not None:
            self._executor.stop()
            self._executor = None
        self.jobs.leases.stop()
        self.context.db.close()
