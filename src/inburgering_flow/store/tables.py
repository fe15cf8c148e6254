"""Every table. Keys are made by ``keys.py``; each row names its tenant; JSON columns carry ``shape`` where they may change.

A new column or table is a migration in ``store/migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
    true,
)

from inburgering_flow.model.runtime import DEFAULT_TENANT
from inburgering_flow.store.dialects import Key, SortedText, only, only_without
from inburgering_flow.store.types import Json, Moment, Names, Path

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key() -> Column[int]:
    return Column("key", Key, primary_key=True, autoincrement=False)


def _tenant() -> Column[str]:
    return Column("tenant_id", String(64), nullable=False, server_default=DEFAULT_TENANT)


def _root() -> Column[int]:
    return Column("root_key", Key, nullable=False)


deployment = Table(
    "deployment", metadata, _key(), _tenant(),
    Column("deployed_at", Moment, nullable=False),
    Column("deployed_by", String(255), nullable=False, server_default=""),
    Column("reason", Text, nullable=False, server_default=""),
)  # fmt: skip

resource = Table(
    "resource", metadata, _key(), _tenant(),
    Column("deployment_key", Key, ForeignKey("deployment.key"), nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", String(16), nullable=False),  # bpmn, dmn, form, data
    Column("checksum", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)  # fmt: skip

# What somebody wants deployed and somebody else has to approve; its resources wait here as JSON (name → base64).
deployment_proposal = Table(
    "deployment_proposal", metadata, _key(), _tenant(),
    Column("proposed_at", Moment, nullable=False),
    Column("proposed_by", String(255), nullable=False),
    Column("resources", Json, nullable=False),
    Column("state", String(16), nullable=False),  # OPEN, APPROVED, REJECTED
    Column("decided_at", Moment),
    Column("decided_by", String(255)),
    Column("reason", Text, nullable=False, server_default=""),
    Index("ix_deployment_proposal_open", "key", **only("state = 'OPEN'")),
)  # fmt: skip

# What designers work on: a project is a drawer of files, or names a folder of the server that is one.
project = Table(
    "project", metadata, _key(), _tenant(),
    Column("name", Text, nullable=False),
    Column("folder", Text, nullable=False, server_default=""),  # where its files are, if not here
    Column("created", Moment, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("removed", Moment),
)  # fmt: skip

project_file = Table(
    "project_file", metadata, _tenant(),
    Column("project_key", Key, ForeignKey("project.key"), primary_key=True, autoincrement=False),
    Column("path", SortedText, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("changed", Moment, nullable=False),
    Column("changed_by", String(255), nullable=False),
)  # fmt: skip

# What a file was before; where there is no file of that path any more, the newest one is what was deleted.
project_file_version = Table(
    "project_file_version", metadata, _key(), _tenant(),
    Column("project_key", Key, ForeignKey("project.key"), nullable=False),
    Column("path", SortedText, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("checksum", String(64), nullable=False),
    Column("saved", Moment, nullable=False),
    Column("saved_by", String(255), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Index(None, "project_key", "path", "key"),
)  # fmt: skip

# Who has a file open to change it; real time, for people wait for each other.
file_lock = Table(
    "file_lock", metadata,
    Column("project_key", Key, primary_key=True, autoincrement=False),
    Column("path", SortedText, primary_key=True),
    Column("holder", String(255), nullable=False),
    Column("token", String(64), nullable=False),  # of one window of one browser
    Column("until", Moment, nullable=False),
    Index(None, "until"),
)  # fmt: skip

# One row for each version of each process, decision or form.
definition = Table(
    "definition", metadata, _key(), _tenant(),
    Column("kind", String(16), nullable=False),  # process, decision, form
    Column("id", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("version_tag", String(255), nullable=False, server_default=""),
    Column("resource_key", Key, ForeignKey("resource.key"), nullable=False),
    Column("deployment_key", Key, ForeignKey("deployment.key"), nullable=False),
    Column("data_resource_key", Key, ForeignKey("resource.key")),
    Column("checksum", String(64), nullable=False),
    Column("label", String(64), nullable=False, server_default=""),  # what designers call it; no binding looks at it
    UniqueConstraint("tenant_id", "kind", "id", "version"),
)  # fmt: skip

# What moving every running case to other versions would do, tried in the background on copies of their state.
rehearsal = Table(
    "rehearsal", metadata, _key(), _tenant(),
    Column("created", Moment, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("proposal_key", Key),
    Column("target_key", Key),
    Column("resources", Json, nullable=False),
    Column("plans", Json, nullable=False),
    Column("state", String(16), nullable=False),  # RUNNING, DONE, STOPPED
    Column("total", Integer, nullable=False),
    Column("checked", Integer, nullable=False, server_default="0"),
    Column("outcome", Json, nullable=False),
    Column("ended", Moment),
    Index(None, "proposal_key"),
)  # fmt: skip

# A trial run of a designer: what it began with and what was done since. Where it stands is computed by playing that.
trial_run = Table(
    "trial_run", metadata, _key(), _tenant(),
    Column("owner", String(255), nullable=False),
    Column("created", Moment, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("project_key", Key),
    Column("files", LargeBinary, nullable=False),  # the models, as a ZIP
    Column("story", Json, nullable=False),  # a scenario as far as it has come
    Column("turn", Integer, nullable=False),  # how often it was changed
    Index(None, "owner", "key"),
    Index(None, "changed"),
)  # fmt: skip

# A forecast of a process: what a designer assumed, and what the futures have in common.
forecast = Table(
    "forecast", metadata, _key(), _tenant(),
    Column("created", Moment, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("given", Json, nullable=False),
    Column("state", String(16), nullable=False),  # RUNNING, DONE, FAILED, STOPPED
    Column("total", Integer, nullable=False),
    Column("played", Integer, nullable=False, server_default="0"),
    Column("changed", Moment, nullable=False),
    Column("outcome", Json, nullable=False),
    Column("problem", Text, nullable=False, server_default=""),
    Index(None, "created"),
)  # fmt: skip

# What starts an instance of the latest version of a process: a message or signal name, a condition; a timer is a job.
start_subscription = Table(
    "start_subscription", metadata, _key(), _tenant(),
    Column("definition_key", Key, ForeignKey("definition.key"), nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("name", String(255), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("kind", String(16), nullable=False, server_default="message"),  # message, signal, condition
    Index(None, "name"),
)  # fmt: skip

process_instance = Table(
    "process_instance", metadata, _key(), _tenant(), _root(),
    Column("definition_key", Key, ForeignKey("definition.key"), nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment),
    Column("parent_key", Key),
    Column("parent_element_key", Key),
    Column("has_incident", Boolean, nullable=False),
    Column("person_key", Key),
    Column("business_key", String(255), nullable=False, server_default=""),
    Column("owner", String(255)),
    Column("location", String(255)),
    Column("phase", String(255)),  # of a case: the element of its main phase, see services/case_places.py
    Column("due", Moment),  # of a case: when the first running term of the organisation itself is over
    Index(None, "root_key"),
    Index("ix_process_instance_parent", "parent_element_key", **only("parent_element_key IS NOT NULL")),
    Index("ix_process_instance_active", "process_id", "key", **only("state = 'ACTIVE'")),
    Index("ix_process_instance_running", "key", **only("state = 'ACTIVE' OR state = 'SUSPENDED'")),
    Index("ix_process_instance_led", "owner", "key", **only("parent_key IS NULL")),
    Index("ix_process_instance_led_now", "owner", "key",
          **only("parent_key IS NULL AND (state = 'ACTIVE' OR state = 'SUSPENDED')")),
    # Few: a planner that guesses by the columns, most rows of which are called processes without an owner, thinks of many.
    Index("ix_process_instance_nobodys", "key", **only("parent_key IS NULL AND owner IS NULL")),
    Index("ix_process_instance_location", "location", "key", **only("location IS NOT NULL")),
    Index("ix_process_instance_place", "definition_key", "phase", "due", "key",
          **only("parent_key IS NULL AND (state = 'ACTIVE' OR state = 'SUSPENDED')")),
    Index("ix_process_instance_due", "due", "key",
          **only("parent_key IS NULL AND (state = 'ACTIVE' OR state = 'SUSPENDED') AND due IS NOT NULL")),
    Index("ix_process_instance_ended", "end", "key", **only('"end" IS NOT NULL')),
    Index(None, "person_key"),
    Index(None, "business_key"),
)  # fmt: skip

element_instance = Table(
    "element_instance", metadata, _key(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("scope_key", Key, nullable=False),
    Column("path", Path, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("element_type", String(32), nullable=False),
    Column("state", String(16), nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment),
    Column("data", Json),
    Index("ix_element_instance_active", "scope_key", **only("state = 'ACTIVE'")),
    Index("ix_element_instance_active_instance", "instance_key", "element_id", **only("state = 'ACTIVE'")),
    Index(None, "instance_key"),
)  # fmt: skip

variable = Table(
    "variable", metadata,
    Column("scope_key", Key, primary_key=True, autoincrement=False),
    Column("name", String(255), primary_key=True),
    Column("instance_key", Key, nullable=False),
    Column("value", Text, nullable=False),  # JSON text
    Index(None, "instance_key"),
)  # fmt: skip

join_arrival = Table(
    "join_arrival", metadata,
    Column("scope_key", Key, primary_key=True, autoincrement=False),
    Column("element_id", String(255), primary_key=True),
    Column("flow_id", String(255), primary_key=True),
    Column("count", Integer, nullable=False),
)  # fmt: skip

user_task = Table(
    "user_task", metadata, _key(), _tenant(), _root(),
    Column("element_key", Key, nullable=False),
    Column("instance_key", Key, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("assignee", String(255)),
    Column("candidate_group", String(255), nullable=False, server_default=""),  # the first; candidate_groups has all
    Column("candidate_groups", Names, nullable=False),
    Column("candidate_users", Names, nullable=False),
    Column("due", Moment),
    Column("sort_due", Moment, nullable=False),  # due, or the end of time, so that one index gives the order
    Column("follow_up", Moment),
    Column("priority", Integer, nullable=False),
    Column("form_id", String(255), nullable=False, server_default=""),
    Column("created", Moment, nullable=False),
    Column("completed", Moment),
    Column("completed_by", String(255)),
    Index(None, "element_key"),
    Index("ix_user_task_root", "root_key"),
    Index("ix_user_task_open_group", "candidate_group", "assignee", "sort_due", "key", "root_key",
          **only("state = 'CREATED'")),
    # With "assignee IS NULL" as its condition: not every planner knows that what a column that IS NULL gives is in order.
    Index("ix_user_task_free", "candidate_group", "sort_due", "key", "root_key",
          **only("state = 'CREATED' AND assignee IS NULL")),
    Index("ix_user_task_open_assignee", "assignee", "sort_due", "key", **only("state = 'CREATED'")),
    Index("ix_user_task_open_due", "sort_due", "key", "root_key", **only("state = 'CREATED'")),
    Index("ix_user_task_done", "completed", "key", **only("completed IS NOT NULL")),
)  # fmt: skip

# The register of terms: a row for each last day that a term has had. It runs while its state is OURS (the organisation has to
# keep it) or THEIRS; then it was MOVED to another day, KEPT, or ENDED with its process.
term = Table(
    "term", metadata, _key(), _tenant(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("name", String(255), nullable=False),  # the variable that holds the last day
    Column("state", String(16), nullable=False),
    Column("due", Moment, nullable=False),  # when the last day is over
    Column("starts", Date),
    Column("length", String(64)),
    Column("ground", Text),
    Column("begun", Moment, nullable=False),
    Column("begun_by", String(255)),
    Column("over", Moment),
    Index("ix_term_root", "root_key"),
    Index("ix_term_running", "due", "key", "root_key", **only("state = 'OURS'")),
    Index("ix_term_due", "due", "key"),
)

# What was counted of a month: sealed when it is over, and never counted again. Of no case alone.
figure = Table(
    "figure", metadata,
    Column("kind", String(16), primary_key=True),
    Column("month", Date, primary_key=True),  # its first day
    _tenant(),
    Column("content", Json, nullable=False),
    Column("counted", Moment, nullable=False),
    Column("is_sealed", Boolean, nullable=False),
    Column("seconds", Float, nullable=False),  # that counting took
)  # fmt: skip

# By what lists of cases can be narrowed: the newest value of each variable that a data dictionary lets be searched.
case_fact = Table(
    "case_fact", metadata,
    Column("root_key", Key, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    Column("value", String(64), nullable=False),
    Index(None, "name", "value", "root_key"),
)  # fmt: skip

# When people of a case meet: a row for each variable that holds a day or moment for it. It is OPEN until what it is for has been
# done, then DONE; one of a process that ended before it came is gone.
appointment = Table(
    "appointment", metadata, _key(), _tenant(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("name", String(255), nullable=False),  # the variable
    Column("state", String(16), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("is_day", Boolean, nullable=False),  # a day, of which no time is known
    Column("noted", Moment, nullable=False),
    Index(None, "root_key"),
    Index(None, "begins", "key", "root_key"),
    UniqueConstraint("instance_key", "name"),
)  # fmt: skip

# What happens with the money of budgets: entries, each with postings that sum to zero; nothing is changed or deleted.
ledger_entry = Table(
    "ledger_entry", metadata, _key(), _tenant(),
    Column("budget", String(64), nullable=False),
    Column("year", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("cents", BigInteger, nullable=False),
    Column("day", Date, nullable=False),
    Column("description", Text, nullable=False),
    Column("reference", Text, nullable=False, server_default=""),
    Column("entered", Moment, nullable=False),
    Column("entered_by", String(255), nullable=False),
    Column("root_key", Key),
    Column("settles", Key),
    Column("reverses", Key, unique=True),
    Index("ix_ledger_entry_budget", "budget", "year", "key"),
    Index("ix_ledger_entry_settles", "settles", **only("settles IS NOT NULL")),
    Index("ix_ledger_entry_root", "root_key", "key", **only("root_key IS NOT NULL")),
    Index("ix_ledger_entry_of_cases", "entered", **only("root_key IS NOT NULL")),
)  # fmt: skip

ledger_posting = Table(
    "ledger_posting", metadata,
    Column("entry_key", Key, ForeignKey("ledger_entry.key"), primary_key=True),
    Column("account", String(16), primary_key=True),
    Column("cents", BigInteger, nullable=False),
)  # fmt: skip

# Only for tasks with more than one candidate group, or with candidate users.
user_task_candidate = Table(
    "user_task_candidate", metadata,
    Column("task_key", Key, primary_key=True, autoincrement=False),
    Column("kind", String(8), primary_key=True),  # group, user
    Column("name", String(255), primary_key=True),
    Index(None, "kind", "name"),
)  # fmt: skip

draft = Table(
    "draft", metadata,
    Column("task_key", Key, primary_key=True, autoincrement=False),
    Column("username", String(255), primary_key=True),
    Column("saved_at", Moment, nullable=False),
    Column("data", Json, nullable=False),
)  # fmt: skip

job = Table(
    "job", metadata, _key(), _tenant(), _root(),
    Column("kind", String(8), nullable=False),  # JOB, TIMER, START (a timer start event), SIGNAL, BATCH
    Column("type", String(255), nullable=False),
    Column("instance_key", Key, nullable=False),
    Column("element_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("due", Moment, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("failed", Boolean, nullable=False, server_default=text("false")),
    Column("suspended", Boolean, nullable=False, server_default=text("false")),  # its case is suspended
    Column("payload", Json),
    Column("watches", Names, nullable=False),
    Column("lease_until", Moment),
    Column("lease_owner", String(64)),
    Column("shape", Integer, nullable=False, server_default="1"),
    Index("ix_job_due", "kind", "due", "key", **only_without("failed", "suspended")),
    Index(None, "element_key", "element_id"),
    Index(None, "instance_key"),
)  # fmt: skip

# Which message of the queue carries a job; only where several nodes take due work from a queue.
dispatch = Table(
    "dispatch", metadata,
    Column("job_key", Key, primary_key=True, autoincrement=False),
    _tenant(),
    Column("message_id", Key, nullable=False),
    Index(None, "message_id"),
)  # fmt: skip

# Which changes of the queue's own schema this database has.
queue_schema = Table("queue_schema", metadata, Column("name", String(255), primary_key=True))

# One row: the schema version of the oldest program that can work with this database.
oldest_program = Table("oldest_program", metadata, Column("schema_version", String(16), primary_key=True))

# The processes that work on this database now; their numbers are in the keys that they make.
node = Table(
    "node", metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(64), nullable=False),
    Column("name", String(255), nullable=False),
    Column("role", String(16), nullable=False),  # serve, worker, command
    Column("version", String(32), nullable=False),
    Column("schema_version", String(16), nullable=False),
    Column("since", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("is_draining", Boolean, nullable=False, server_default=text("false")),
    Column("facts", Json),
    Index(None, "lease_until"),
)  # fmt: skip

job_history = Table(
    "job_history", metadata, _key(), _tenant(), _root(),
    Column("kind", String(8), nullable=False),
    Column("type", String(255), nullable=False),
    Column("instance_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("state", String(16), nullable=False),  # COMPLETED, ERROR_THROWN, CANCELED
    Column("ended", Moment, nullable=False),
    Index(None, "instance_key"),
)  # fmt: skip

subscription = Table(
    "subscription", metadata, _key(), _tenant(), _root(),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    Column("instance_key", Key, nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("owner_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("interrupting", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("kind", String(16), nullable=False, server_default="message"),  # message, signal, condition
    Column("part", Integer, nullable=False, server_default="0"),
    Index(None, "name", "correlation_key"),
    Index(None, "owner_key"),
    Index(None, "instance_key"),
)  # fmt: skip

# Completed activities that can still be undone.
compensation = Table(
    "compensation", metadata, _key(), _tenant(),
    Column("instance_key", Key, nullable=False),
    Column("scope_key", Key, nullable=False),
    Column("element_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("handler_id", String(255), nullable=False),
    Index(None, "scope_key"),
    Index(None, "instance_key"),
)  # fmt: skip

message = Table(
    "message", metadata, _key(), _tenant(),
    Column("name", String(255), nullable=False),
    Column("correlation_key", String(255), nullable=False),
    Column("message_id", String(255)),
    Column("published", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("variables", Json, nullable=False),
    Column("state", String(16), nullable=False),  # BUFFERED, CORRELATED
    Index(None, "name", "correlation_key"),
    UniqueConstraint("tenant_id", "name", "correlation_key", "message_id"),
    Index("ix_message_expires", "expires", **only("state = 'BUFFERED'")),
)  # fmt: skip

# A message reaches each process at most once.
message_correlation = Table(
    "message_correlation", metadata,
    Column("message_key", Key, primary_key=True, autoincrement=False),
    Column("process_id", String(255), primary_key=True),
    Column("instance_key", Key, nullable=False),
    Column("correlated", Moment, nullable=False),
    Index(None, "instance_key"),
)  # fmt: skip

incident = Table(
    "incident", metadata, _key(), _tenant(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("definition_key", Key, nullable=False),
    Column("process_id", String(255), nullable=False),
    Column("element_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("error_type", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("job_key", Key),
    Column("state", String(16), nullable=False),
    Column("created", Moment, nullable=False),
    Column("resolved", Moment),
    Index("ix_incident_active", "instance_key", **only("state = 'ACTIVE'")),
    Index("ix_incident_element", "element_key"),
    Index("ix_incident_open", "process_id", "element_id", **only("state = 'ACTIVE'")),
)  # fmt: skip

# Each decision that was taken in a case: on what basis, by which rules, with what outcome.
decision_instance = Table(
    "decision_instance", metadata, _key(), _tenant(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("element_key", Key, nullable=False),
    Column("element_id", String(255), nullable=False),
    Column("decision_id", String(255), nullable=False),
    Column("decision_name", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("evaluated", Moment, nullable=False),
    Column("inputs", Json, nullable=False),
    Column("tables", Json, nullable=False),
    Column("output", Json),
    Column("shape", Integer, nullable=False, server_default="1"),
    Index(None, "root_key", "key"),
    Index(None, "instance_key"),
)  # fmt: skip

# The same change for many instances, done in the background; its plan waits here as JSON.
batch_operation = Table(
    "batch_operation", metadata, _key(), _tenant(),
    Column("type", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("plan", Json, nullable=False),
    Column("created_by", String(255), nullable=False),
    Column("start", Moment, nullable=False),
    Column("end", Moment),
    Column("total", Integer, nullable=False),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("shape", Integer, nullable=False, server_default="1"),
)  # fmt: skip

batch_item = Table(
    "batch_item", metadata,
    Column("batch_key", Key, ForeignKey("batch_operation.key"), primary_key=True, autoincrement=False),
    Column("instance_key", Key, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("processed", Moment),
    Column("message", Text, nullable=False, server_default=""),  # why it failed
    Index("ix_batch_item_waiting", "batch_key", "instance_key", **only("state = 'ACTIVE'")),
)  # fmt: skip

# A file of cases that are taken over, between its upload and the day on which it is forgotten. What stands in a row, and
# what was found about it, is encrypted.
entry_file = Table(
    "entry_file", metadata, _key(), _tenant(),
    Column("process_id", String(255), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("language", String(8), nullable=False),  # in which its owner reads what is wrong
    Column("state", String(16), nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment, nullable=False),
    Column("header", Json, nullable=False),
    Column("total", Integer, nullable=False),
    Index(None, "owner"),
    Index(None, "expires"),
)  # fmt: skip

entry_row = Table(
    "entry_row", metadata,
    Column("file_key", Key, ForeignKey("entry_file.key"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("content", LargeBinary),
    Column("found", LargeBinary),
    Column("case_key", Key),
    Index(None, "file_key", "state", "number"),
)  # fmt: skip

# Persons, apart from cases: what the domain's schema asks for, as JSON by field name.
person = Table(
    "person", metadata, _key(), _tenant(),
    Column("name", Text, nullable=False),
    Column("fields", Json, nullable=False),
    Column("created", Moment, nullable=False),
)  # fmt: skip

# What persons and cases are found by: the words of a name, the name of a case. Sorted by code point, so that a beginning
# is a range of the index.
search_word = Table(
    "search_word", metadata,
    Column("kind", String(8), primary_key=True),  # person, case
    Column("word", SortedText, primary_key=True),
    Column("key", Key, primary_key=True, autoincrement=False),  # of the person, or of the process instance
    Index(None, "key"),
)  # fmt: skip

# Numbers by which a person is found; a secret one belongs to one person only.
person_number = Table(
    "person_number", metadata, _tenant(),
    Column("person_key", Key, primary_key=True, autoincrement=False),
    Column("kind", String(32), primary_key=True),
    Column("found_by", String(64), nullable=False),
    Column("encrypted", LargeBinary),
    Index("ix_person_number_found_by", "kind", "found_by"),
    Index("ix_person_number_secret", "tenant_id", "kind", "found_by", unique=True, **only("encrypted IS NOT NULL")),
)  # fmt: skip

# How long each closed case is kept; the row stays when the case is destroyed, to show that it was, and by whom.
retention = Table(
    "retention", metadata,
    Column("root_key", Key, primary_key=True, autoincrement=False),
    _tenant(),
    Column("process_id", String(255), nullable=False),
    Column("person_key", Key),
    Column("ended", Moment, nullable=False),
    Column("state", String(16), nullable=False),  # NEW, KEPT, HELD, PROPOSED, PERSON, PROPOSED_PERSON, DESTROYED
    Column("until", Date),
    Column("reason", Text, nullable=False, server_default=""),
    Column("is_sure", Boolean, nullable=False, server_default=true()),
    Column("person_until", Date),
    Column("remains", Json),
    Column("why", Text, nullable=False, server_default=""),
    Column("proposed_by", String(255)),
    Column("changed_by", String(255)),
    Column("changed", Moment),
    Index("ix_retention_new", "root_key", **only("state = 'NEW'")),
    Index(None, "state", "until", "root_key"),
    Index(None, "person_key"),
)  # fmt: skip

document = Table(
    "document", metadata, _key(), _tenant(), _root(),
    Column("instance_key", Key, nullable=False),
    Column("job_key", Key),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("media_type", String(127), nullable=False),
    Column("certainty", String(32), nullable=False),
    Column("checksum", String(64), ForeignKey("document_content.checksum"), nullable=False),
    Column("created", Moment, nullable=False),
    Column("added_by", String(255)),  # who put it there; empty: the program, or whoever answered a form
    Column("task_key", Key),  # the task at which it was put there
    Index(None, "root_key"),
    Index(None, "checksum"),
    UniqueConstraint("job_key", "name"),
)  # fmt: skip

document_content = Table(
    "document_content", metadata,
    Column("checksum", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)  # fmt: skip

note = Table(
    "note", metadata, _key(), _root(),
    Column("author", String(255), nullable=False),
    Column("created", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Column("family", String(255)),  # the family of processes that it is about; empty: the whole case; null: not asked then
    Column("task_key", Key),  # the task at which it was written
    Column("addressee", String(255)),  # who got the task with it
    Index(None, "root_key"),
)  # fmt: skip

# How somebody likes to see a list: its filters, columns and order, nothing about a citizen; with ``role`` also for a team.
saved_list = Table(
    "saved_list", metadata, _key(), _tenant(),
    Column("list", String(32), nullable=False),
    Column("owner", String(255), nullable=False),
    Column("role", String(255), nullable=False, server_default=""),
    Column("name", Text, nullable=False),
    Column("chosen", Json, nullable=False),
    Column("created", Moment, nullable=False),
    Index(None, "owner", "list"),
    Index(None, "role", "list"),
)  # fmt: skip

# What somebody did to many rows of a list at once, with the outcome of each and what it was before. Forgotten after a day.
list_deed = Table(
    "list_deed", metadata, _key(), _tenant(),
    Column("username", String(255), nullable=False),
    Column("action", String(32), nullable=False),
    Column("given", Json),
    Column("rows", Json),  # null while it is being done
    Column("moment", Moment, nullable=False),
    Column("undone", Moment),
    Index(None, "moment"),
)  # fmt: skip

# What a form has made: sent twice, it makes nothing anew. Forgotten after a day.
submission = Table(
    "submission", metadata,
    Column("token", String(64), primary_key=True),
    Column("actor", String(255), nullable=False),
    Column("made", Key, nullable=False),
    Column("moment", Moment, nullable=False),
    Index(None, "moment"),
)  # fmt: skip

account = Table(
    "account", metadata,
    Column("username", String(255), primary_key=True),
    _tenant(),
    Column("display_name", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    Column("password_hash", Text, nullable=False),
    Column("roles", Names, nullable=False),
    Column("location", String(255)),
    Column("active", Boolean, nullable=False),
    Column("session_epoch", Integer, nullable=False, server_default="0"),
    Column("asked_roles", Names),  # roles that wait until a second person agrees, all that it would then have; null: none
    Column("asked_by", String(255)),
)  # fmt: skip

# Who is logged in where. The cookie carries a random token, of which only the hash is here; ``epoch`` is the account's
# ``session_epoch`` of when it began. Its moments are real time, also where processes run on a clock of their own.
login_session = Table(
    "login_session", metadata, _key(),
    Column("token_hash", String(64), nullable=False),
    Column("username", String(255), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("begun", Moment, nullable=False),
    Column("used", Moment, nullable=False),  # to the minute
    Column("browser", String(64), nullable=False),
    UniqueConstraint("token_hash"),
    Index(None, "username"),
)  # fmt: skip

# Attempts to log in that failed, by what they have in common: a keyed hash, for names and addresses are personal data.
# Forgotten a day after the first.
login_attempt = Table(
    "login_attempt", metadata,
    Column("digest", String(64), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("first", Moment, nullable=False),
    Column("free_at", Moment, nullable=False),  # when the next attempt may be made
    Index(None, "first"),
)  # fmt: skip

# What somebody is told: what kind of thing, about which keys, when. Sentences are made when it is shown, for whoever may see it.
alert = Table(
    "alert", metadata, _key(), _tenant(),
    Column("username", String(255), nullable=False),
    Column("kind", String(16), nullable=False),  # ASSIGNED, STANDS_IN, DUE_SOON, LATE, ANSWERED, THRESHOLD, REPORTING, FAILED
    Column("root_key", Key),  # the case; empty where it is about none
    Column("definition_key", Key, nullable=False),
    Column("subject", String(16), nullable=False),  # TASK, …, ABSENCE, FIGURE, REPORT: what subject_key and about name
    Column("subject_key", Key, nullable=False),
    Column("about", String(255), nullable=False, server_default=""),
    Column("created", Moment, nullable=False),
    Column("on_bell", Boolean, nullable=False),
    Column("read", Moment),
    Column("mail", String(8)),  # NOW, DAILY: waits to be mailed
    Column("mail_key", Key),  # the mail that counts it
    Index(None, "username", "created", "key"),
    Index("ix_alert_unread", "username", "key", **only("read IS NULL")),
    Index("ix_alert_same", "username", "definition_key", "about", unique=True, **only("kind = 'FAILED' AND read IS NULL")),
    Index("ix_alert_waiting", "mail", "username", **only("mail IS NOT NULL")),
    Index("ix_alert_mail", "mail_key", **only("mail_key IS NOT NULL")),
    Index(None, "root_key"),
    Index(None, "read"),
    Index(None, "created"),
)  # fmt: skip

# How somebody wants to be told of a kind of thing; without a row as ``model/alerts.py`` says.
alert_choice = Table(
    "alert_choice", metadata,
    Column("username", String(255), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("on_bell", Boolean, nullable=False),
    Column("mail", String(8), nullable=False),  # NEVER, NOW, DAILY
)  # fmt: skip

# A figure on somebody's own page, and the threshold beyond which they are told; nothing about a citizen.
own_figure = Table(
    "own_figure", metadata, _key(), _tenant(),
    Column("username", String(255), nullable=False),
    Column("measure", String(32), nullable=False),
    Column("subject", Text, nullable=False),  # what the measure is of, such as a process; empty: everything
    Column("words", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("direction", String(8), nullable=False, server_default=""),  # ABOVE, BELOW; empty: nobody is told
    Column("threshold", Float),
    Column("is_passed", Boolean, nullable=False),
    Index(None, "username", "place"),
    Index("ix_own_figure_watched", "username", **only("threshold IS NOT NULL")),
)  # fmt: skip

# A file that is made every week for whoever asked for it, as they may see it then.
regular_report = Table(
    "regular_report", metadata, _key(), _tenant(),
    Column("owner", String(255), nullable=False),
    Column("title", Text, nullable=False),
    Column("source", String(16), nullable=False),  # FIGURES, LIST
    Column("chosen", Json, nullable=False),  # which table of Inzicht, or which kept list
    Column("form", String(8), nullable=False),  # csv, xlsx
    Column("weekday", Integer, nullable=False),  # 0 is Monday
    Column("hour", Integer, nullable=False),
    Column("address", String(254), nullable=False, server_default=""),  # empty: to the folder
    Column("created", Moment, nullable=False),
    Column("next", Moment, nullable=False),
    Column("stopped", Moment),
    Column("reason", String(16), nullable=False, server_default=""),  # why it stopped: OWNER, ACCOUNT, RIGHTS, GONE
    Index(None, "owner"),
    Index("ix_regular_report_next", "next", "key", **only("stopped IS NULL")),
)  # fmt: skip

# What became of a report in one week: there is one of each, so that none is made twice.
report_run = Table(
    "report_run", metadata,
    Column("report_key", Key, primary_key=True),
    Column("period", Date, primary_key=True),
    _tenant(),
    Column("state", String(16), nullable=False),  # MAKING, SENDING, DONE, FAILED
    Column("tried", Integer, nullable=False),
    Column("due", Moment, nullable=False),  # when it is tried again, or taken over from a node that has ended
    Column("begun", Moment, nullable=False),
    Column("ended", Moment),
    Column("problem", String(32), nullable=False, server_default=""),
    Index("ix_report_run_open", "due", **only("ended IS NULL")),
)  # fmt: skip

# How far the sweeps have come that tell what is due: nothing is told twice, and none looks at what it has seen.
alert_sweep = Table(
    "alert_sweep", metadata,
    Column("name", String(16), primary_key=True),
    Column("reached", Moment, nullable=False),
    Column("reached_key", Key, nullable=False),
)  # fmt: skip

# A mail that says how many alerts somebody has; its row stays a while, for nobody may be told twice.
outgoing_mail = Table(
    "outgoing_mail", metadata, _key(), _tenant(),
    Column("username", String(255), nullable=False),
    Column("pace", String(8), nullable=False),  # NOW, DAILY
    Column("state", String(16), nullable=False),  # WAITING, SENT, FAILED, EMPTY
    Column("created", Moment, nullable=False),
    Column("tried", Integer, nullable=False, server_default="0"),
    Column("ended", Moment),
    Column("problem", String(64), nullable=False, server_default=""),
    Index("ix_outgoing_mail_waiting", "username", "pace", unique=True, **only("state = 'WAITING' AND tried = 0")),
    Index("ix_outgoing_mail_open", "created", **only("state = 'WAITING'")),
    Index("ix_outgoing_mail_failed", "key", **only("state = 'FAILED'")),
    Index(None, "created"),
)  # fmt: skip

# The secret address of a calendar: only its hash. One for each account.
calendar_address = Table(
    "calendar_address", metadata,
    Column("username", String(255), primary_key=True),
    Column("token_hash", String(64), nullable=False),
    Column("of_team", Boolean, nullable=False),
    Column("made", Moment, nullable=False),
    Column("language", String(8), nullable=False),
    UniqueConstraint("token_hash"),
)  # fmt: skip

# When somebody is away, both days included; why is nobody's business. Forgotten some time after it is over.
absence = Table(
    "absence", metadata, _key(), _tenant(),
    Column("username", String(255), nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("noted", Moment, nullable=False),
    Column("noted_by", String(255), nullable=False),
    Column("withdrawn", Moment),
    Index("ix_absence_person", "username", "until", **only("withdrawn IS NULL")),
    Index(None, "until"),
)  # fmt: skip

# Who does the tasks of a process or a candidate group meanwhile, or all others.
absence_deputy = Table(
    "absence_deputy", metadata,
    Column("absence_key", Key, ForeignKey("absence.key"), primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),  # process, group, rest
    Column("name", String(255), primary_key=True),
    Column("deputy", String(255), nullable=False),
    Index(None, "deputy"),
)  # fmt: skip

# Append-only: who did or looked at what, when and why. Never personal data in ``detail``.
audit = Table(
    "audit", metadata, _key(), _tenant(),
    Column("moment", Moment, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(64), nullable=False),
    Column("root_key", Key),
    Column("subject_key", Key),
    Column("detail", Json),
    Column("lane", Integer),  # lane, number and mark are empty in lines from before there was a chain
    Column("number", Key),
    Column("mark", String(64)),
    UniqueConstraint("lane", "number"),
    Index(None, "root_key", "key"),
    Index(None, "subject_key", "key"),
    Index(None, "actor", "key"),
    Index(None, "action", "key"),
    Index(None, "moment"),
)  # fmt: skip

# The newest line of each lane of the audit log, with the mark that only the key's holder can make.
audit_head = Table(
    "audit_head", metadata,
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("number", Key, nullable=False),
    Column("mark", String(64), nullable=False),
    Column("seal", String(64), nullable=False),
)  # fmt: skip

# A seal over all audit entries of one day and the seal before it: of the days before there was a chain.
audit_seal = Table(
    "audit_seal", metadata,
    Column("day", Date, primary_key=True),
    Column("entries", Integer, nullable=False),
    Column("seal", String(64), nullable=False),
)  # fmt: skip
