"""An index of the entries of the ledger that are for a case, by when they were made"""

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
