"""A ledger of budgets: entries with postings that sum to zero"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'ledger_entry',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('budget', sa.String(length=64), nullable=False),
        sa.Column('year', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=16), nullable=False),
        sa.Column('cents', sa.BigInteger(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('description', sa.Text(), nullable=False),
        sa.Column('reference', sa.Text(), server_default='', nullable=False),
        sa.Column('entered', MOMENT, nullable=False),
        sa.Column('entered_by', sa.String(length=255), nullable=False),
        sa.Column('root_key', KEY, nullable=True),
        sa.Column('settles', KEY, nullable=True),
        sa.Column('reverses', KEY, nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_ledger_entry')),
        sa.UniqueConstraint('reverses', name=op.f('uq_ledger_entry_reverses')),
    )
    op.create_index('ix_ledger_entry_budget', 'ledger_entry', ['budget', 'year', 'key'], unique=False)
    settles = sa.text('settles IS NOT NULL')
    op.create_index(
        'ix_ledger_entry_settles', 'ledger_entry', ['settles'], unique=False, sqlite_where=settles, postgresql_where=settles
    )
    op.create_table(
        'ledger_posting',
        sa.Column('entry_key', KEY, autoincrement=False, nullable=False),
        sa.Column('account', sa.String(length=16), nullable=False),
        sa.Column('cents', sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(['entry_key'], ['ledger_entry.key'], name=op.f('fk_ledger_posting_entry_key_ledger_entry')),
        sa.PrimaryKeyConstraint('entry_key', 'account', name=op.f('pk_ledger_posting')),
    )
