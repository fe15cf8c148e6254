"""Decisions in the history: on what each was taken, and by which rules"""

from alembic import op
import sqlalchemy as sa

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('decision_instance',
    sa.Column('key', key, autoincrement=False, nullable=False),
    sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
    sa.Column('root_key', key, nullable=False),
    sa.Column('instance_key', key, nullable=False),
    sa.Column('element_key', key, nullable=False),
    sa.Column('element_id', sa.String(length=255), nullable=False),
    sa.Column('decision_id', sa.String(length=255), nullable=False),
    sa.Column('decision_name', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('evaluated', sa.DateTime(timezone=True), nullable=False),
    sa.Column('inputs', sa.Text(), nullable=False),
    sa.Column('tables', sa.Text(), nullable=False),
    sa.Column('output', sa.Text(), nullable=True),
    sa.Column('shape', sa.Integer(), server_default='1', nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_decision_instance'))
    )
    with op.batch_alter_table('decision_instance', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_instance_root_key_key'), ['root_key', 'key'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_instance_instance_key'), ['instance_key'], unique=False)
