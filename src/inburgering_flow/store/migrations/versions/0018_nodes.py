"""Which message of the queue carries a job, and which processes work on this database"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Json, Moment

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'dispatch',
        sa.Column('job_key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('message_id', KEY, nullable=False),
        sa.PrimaryKeyConstraint('job_key', name=op.f('pk_dispatch')),
    )
    op.create_index(op.f('ix_dispatch_message_id'), 'dispatch', ['message_id'], unique=False)
    op.create_table(
        'queue_schema',
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_queue_schema')),
    )
    op.create_table(
        'node',
        sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('owner', sa.String(length=64), nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('role', sa.String(length=16), nullable=False),
        sa.Column('version', sa.String(length=32), nullable=False),
        sa.Column('schema_version', sa.String(length=16), nullable=False),
        sa.Column('since', Moment(), nullable=False),
        sa.Column('lease_until', Moment(), nullable=False),
        sa.Column('is_draining', sa.Boolean(), server_default=sa.text('false'), nullable=False),
        sa.Column('facts', Json(), nullable=True),
        sa.PrimaryKeyConstraint('number', name=op.f('pk_node')),
    )
    op.create_index(op.f('ix_node_lease_until'), 'node', ['lease_until'], unique=False)
