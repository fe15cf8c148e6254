"""Indexes of the entries of the ledger that are for a case, by when they were made, and of the open tasks that nobody has taken"""

import sqlalchemy as sa
from alembic import op

revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None
oldest = '0024'


def upgrade() -> None:
    where = sa.text('root_key IS NOT NULL')
    op.create_index(
        'ix_ledger_entry_of_cases', 'ledger_entry', ['entered'], unique=False, sqlite_where=where, postgresql_where=where
    )
    where = sa.text("state = 'CREATED' AND assignee IS NULL")
    op.create_index(
        'ix_user_task_free', 'user_task', ['candidate_group', 'sort_due', 'key', 'root_key'], unique=False,
        sqlite_where=where, postgresql_where=where,
    )
