"""Which task a note or document belongs to, who put a document there, and what is paid for a case found by the case"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None
oldest = '0024'

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.add_column('document', sa.Column('added_by', sa.String(length=255), nullable=True))
    op.add_column('document', sa.Column('task_key', KEY, nullable=True))
    op.add_column('note', sa.Column('task_key', KEY, nullable=True))
    op.add_column('note', sa.Column('addressee', sa.String(length=255), nullable=True))
    op.create_index(
        'ix_ledger_entry_root', 'ledger_entry', ['root_key', 'key'], unique=False,
        sqlite_where=sa.text('root_key IS NOT NULL'), postgresql_where=sa.text('root_key IS NOT NULL'),
    )  # fmt: skip
