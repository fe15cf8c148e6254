"""How long each closed case is kept, what holds it, and that it was destroyed"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'retention',
        sa.Column('root_key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('process_id', sa.String(length=255), nullable=False),
        sa.Column('person_key', KEY, nullable=True),
        sa.Column('ended', Moment(), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('until', sa.Date(), nullable=True),
        sa.Column('reason', sa.Text(), server_default='', nullable=False),
        sa.Column('is_sure', sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column('person_until', sa.Date(), nullable=True),
        sa.Column('remains', Json(), nullable=True),
        sa.Column('why', sa.Text(), server_default='', nullable=False),
        sa.Column('proposed_by', sa.String(length=255), nullable=True),
        sa.Column('changed_by', sa.String(length=255), nullable=True),
        sa.Column('changed', Moment(), nullable=True),
        sa.PrimaryKeyConstraint('root_key', name=op.f('pk_retention')),
    )
    op.create_index(
        'ix_retention_new', 'retention', ['root_key'], unique=False,
        sqlite_where=sa.text("state = 'NEW'"), postgresql_where=sa.text("state = 'NEW'"),
    )
    op.create_index(op.f('ix_retention_state_until_root_key'), 'retention', ['state', 'until', 'root_key'], unique=False)
    op.create_index(op.f('ix_retention_person_key'), 'retention', ['person_key'], unique=False)
    op.execute(
        'INSERT INTO retention (root_key, tenant_id, process_id, person_key, ended, state) '
        'SELECT key, tenant_id, process_id, person_key, "end", \'NEW\' FROM process_instance '
        'WHERE parent_key IS NULL AND "end" IS NOT NULL AND state IN (\'COMPLETED\', \'TERMINATED\')'
    )

