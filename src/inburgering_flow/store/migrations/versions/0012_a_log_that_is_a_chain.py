"""Each line of the audit log is bound to the one before it"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table(
        'audit_head',
        sa.Column('lane', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('number', KEY, nullable=False),
        sa.Column('mark', sa.String(length=64), nullable=False),
        sa.Column('seal', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('lane', name=op.f('pk_audit_head')),
    )
    with op.batch_alter_table('audit') as batch_op:
        batch_op.add_column(sa.Column('lane', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('number', KEY, nullable=True))
        batch_op.add_column(sa.Column('mark', sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint(op.f('uq_audit_lane_number'), ['lane', 'number'])
        batch_op.create_index(op.f('ix_audit_subject_key_key'), ['subject_key', 'key'], unique=False)
        batch_op.create_index(op.f('ix_audit_action_key'), ['action', 'key'], unique=False)
