"""Use cases: each public method is one use case and one transaction. ``Services`` wires them."""

from __future__ import annotations

from inburgering_flow.clock import Clock
from inburgering_flow.services.absences import Absences
from inburgering_flow.services.accounts import Accounts
from inburgering_flow.services.agenda import Agenda
from inburgering_flow.services.alerts import Alerts
from inburgering_flow.services.assurances import Assurances
from inburgering_flow.services.audit_chain import AuditChain
from inburgering_flow.services.audit_log import AuditLog
from inburgering_flow.services.batches import Batches
from inburgering_flow.services.boards import Boards
from inburgering_flow.services.calendars import Calendars
from inburgering_flow.services.capacity import Capacity
from inburgering_flow.services.case_access import CaseAccess
from inburgering_flow.services.case_facts import CaseFacts
from inburgering_flow.services.case_file import CaseFile
from inburgering_flow.services.case_leads import CaseLeads
from inburgering_flow.services.case_lists import CaseLists
from inburgering_flow.services.case_pages import CasePages
from inburgering_flow.services.case_starts import CaseStarts
from inburgering_flow.services.changes import Changes
from inburgering_flow.services.clock_guard import ClockGuard
from inburgering_flow.services.context import Context
from inburgering_flow.services.corrections import Corrections
from inburgering_flow.services.deletions import Deletions
from inburgering_flow.services.deployments import Deployments
from inburgering_flow.services.descriptions import Descriptions
from inburgering_flow.services.diagram_marks import DiagramMarks
from inburgering_flow.services.documents import Documents
from inburgering_flow.services.drafts import Drafts
from inburgering_flow.services.effects import Effects
from inburgering_flow.services.entries import Entries
from inburgering_flow.services.entry_files import EntryFiles
from inburgering_flow.services.event_logs import EventLogs
from inburgering_flow.services.extracts import Extracts
from inburgering_flow.services.figures import Figures
from inburgering_flow.services.forecasts import Forecasts
from inburgering_flow.services.handovers import Handovers
from inburgering_flow.services.impact import Impacts
from inburgering_flow.services.incidents import Incidents
from inburgering_flow.services.insight import Insight
from inburgering_flow.services.interventions import Interventions
from inburgering_flow.services.jobs import Jobs
from inburgering_flow.services.ledger import Ledger
from inburgering_flow.services.list_deeds import ListDeeds
from inburgering_flow.services.logins import Logins
from inburgering_flow.services.lost_tasks import LostTasks
from inburgering_flow.services.mails import Mails
from inburgering_flow.services.messages import Messages
from inburgering_flow.services.migration_plans import MigrationPlans
from inburgering_flow.services.my_day import MyDay
from inburgering_flow.services.nodes import Node
from inburgering_flow.services.notices import Notices
from inburgering_flow.services.outlooks import Outlooks
from inburgering_flow.services.own_figures import OwnFigures
from inburgering_flow.services.people import People
from inburgering_flow.services.previews import Previews
from inburgering_flow.services.process_starts import ProcessStarts
from inburgering_flow.services.processes import Processes
from inburgering_flow.services.project_files import ProjectFiles
from inburgering_flow.services.projects import Projects
from inburgering_flow.services.proposals import Proposals
from inburgering_flow.services.reassessments import Reassessments
from inburgering_flow.services.regular_reports import RegularReports
from inburgering_flow.services.rehearsals import Rehearsals
from inburgering_flow.services.reports import Reports
from inburgering_flow.services.retentions import Retentions
from inburgering_flow.services.reviews import Reviews
from inburgering_flow.services.rules_in_force import RulesInForce
from inburgering_flow.services.saved_lists import SavedLists
from inburgering_flow.services.sessions import Sessions
from inburgering_flow.services.shelves import Shelves
from inburgering_flow.services.signals import Signals
from inburgering_flow.services.steps import Steps
from inburgering_flow.services.submissions import Submissions
from inburgering_flow.services.task_access import TaskAccess
from inburgering_flow.services.task_lists import TaskLists
from inburgering_flow.services.task_page import TaskPage
from inburgering_flow.services.tasks import Tasks
from inburgering_flow.services.terms import Terms
from inburgering_flow.services.trial_runs import TrialRuns
from inburgering_flow.services.trials import Trials
from inburgering_flow.services.versions import Versions
from inburgering_flow.store import migrations


class Services:
    """What pages and the API are wired to: each service over one open database."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.steps = Steps(context)
        self.deployments = Deployments(context)
        self.proposals = Proposals(context, self.deployments)
        shelves = Shelves(context)
        self.projects = Projects(context, self.deployments, self.proposals, shelves)
        self.project_files = ProjectFiles(context, shelves)
        self.descriptions = Descriptions(context, self.projects)
        self.rules_in_force = RulesInForce(context)
        self.versions = Versions(context, self.deployments, self.proposals)
        self.impacts = Impacts(context)
        self.rehearsals = Rehearsals(context)
        self.trial_runs = TrialRuns(context)
        self.forecasts = Forecasts(context)
        self.reviews = Reviews(context, self.deployments, self.proposals)
        self.processes = Processes(context, self.steps)
        self.case_access = CaseAccess(context)
        self.task_access = TaskAccess(context, self.case_access)
        self.user_tasks = Tasks(context, self.steps, self.task_access)
        self.handovers = Handovers(context, self.user_tasks)
        self.absences = Absences(context, self.user_tasks)
        self.people = People(context, self.case_access)
        self.task_lists = TaskLists(context, self.people)
        self.figures = Figures(context)
        self.outlooks = Outlooks(context, self.figures)
        self.case_lists = CaseLists(context, self.people)
        self.boards = Boards(context, self.steps.places, self.outlooks)
        self.case_facts = CaseFacts(context)
        self.terms = Terms(context, self.case_access)
        self.case_file = CaseFile(context, self.case_access, self.task_access)
        self.previews = Previews(context, self.user_tasks, self.people, self.case_access)
        self.task_page = TaskPage(context, self.case_access, self.user_tasks)
        self.diagram_marks = DiagramMarks(context, self.case_access)
        self.drafts = Drafts(context, self.user_tasks)
        self.trials = Trials(context, self.case_lists, self.case_file)
        self.corrections = Corrections(context, self.steps, self.case_file)
        self.reassessments = Reassessments(context, self.steps, self.case_access)
        self.accounts = Accounts(context)
        self.audit_chain = AuditChain(context)
        self.sessions = Sessions(context, self.accounts)
        self.logins = Logins(context, self.accounts, self.sessions)
        self.messages = Messages(context, self.steps)
        self.notices = Notices(context, self.case_access, self.messages)
        self.ledger = Ledger(context, self.case_access)
        self.case_pages = CasePages(context, self.case_access, self.terms, self.ledger, self.outlooks)
        self.signals = Signals(context, self.steps)
        self.incidents = Incidents(context, self.steps)
        self.audit_log = AuditLog(context, self.people)
        self.effects = Effects(context, self.figures.names)
        self.event_logs = EventLogs(context)
        self.insight = Insight(context, self.figures, self.ledger)
        self.own_figures = OwnFigures(context, self.insight, self.boards)
        self.regular_reports = RegularReports(context)
        self.reports = Reports(context)
        self.case_starts = CaseStarts(context, self.people, self.processes)
        self.process_starts = ProcessStarts(context, self.processes)
        self.entries = Entries(context, self.people, self.processes)
        self.entry_files = EntryFiles(context, self.entries, self.accounts)
        self.extracts = Extracts(context, self.case_access, self.people, self.entry_files)
        self.case_leads = CaseLeads(context, self.user_tasks)
        self.submissions = Submissions(context)
        self.list_deeds = ListDeeds(context, self.user_tasks, self.handovers, self.case_leads, self.incidents)
        self.saved_lists = SavedLists(context)
        self.my_day = MyDay(context)
        self.lost_tasks = LostTasks(context, self.user_tasks)
        self.assurances = Assurances(context, self.lost_tasks)
        self.documents = Documents(context, self.case_access, self.task_access)
        self.changes = Changes(context, self.steps)
        self.migration_plans = MigrationPlans(context, self.steps, self.changes)
        self.interventions = Interventions(context, self.steps, self.changes, self.migration_plans)
        self.deletions = Deletions(context, self.steps)
        self.retentions = Retentions(context, self.deletions)
        self.batches = Batches(
            context, self.processes, self.changes, self.migration_plans, self.incidents, self.deletions
        )
        self.clock_guard = ClockGuard(context)
        self.alerts = Alerts(context)
        self.agenda = Agenda(context)
        self.calendars = Calendars(context, self.agenda)
        self.mails = Mails(context)
        self.jobs = Jobs(context, self.steps, self.people, self.batches, self.entry_files, self.clock_guard, self.ledger,
                         self.rehearsals, self.mails)  # fmt: skip
        self.capacity = Capacity(context)
        self.node: Node | None = None  # where several processes may work on the database
        self.upkeep = (
            lambda: migrations.upgrade(context.db.engine), self.steps.register.catch_up, self.steps.appointments.catch_up,
            self.steps.places.catch_up, self.steps.facts.catch_up, self.absences.sweep,
            self.alerts.sweep, self.own_figures.watch, self.mails.gather,
            self.regular_reports.make, self.regular_reports.forget, self.alerts.forget, self.mails.forget,
            self.audit_chain.seal, self.audit_chain.anchor, self.messages.forget, self.jobs.forget, self.drafts.forget,
            self.submissions.forget, self.project_files.forget, self.lost_tasks.look, self.sessions.forget, self.logins.forget,
            self.entry_files.forget, self.retentions.judge, self.rehearsals.forget, self.trial_runs.forget,
            self.forecasts.forget, self.list_deeds.forget, self.absences.forget, self.figures.keep,
        )  # fmt: skip
        """What is done from time to time; each may be repeated at any moment, by any node."""

    @property
    def clock(self) -> Clock:
        """The process clock."""
        return self.context.clock
