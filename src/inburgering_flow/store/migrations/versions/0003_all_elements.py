"""Signals, conditions, multiple events and compensation"""

from alembic import op
import sqlalchemy as sa

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('compensation',
    sa.Column('key', key, autoincrement=False, nullable=False),
    sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
    sa.Column('instance_key', sa.BigInteger(), nullable=False),
    sa.Column('scope_key', sa.BigInteger(), nullable=False),
    sa.Column('element_key', sa.BigInteger(), nullable=False),
    sa.Column('element_id', sa.String(length=255), nullable=False),
    sa.Column('handler_id', sa.String(length=255), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_compensation'))
    )
    with op.batch_alter_table('compensation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_compensation_scope_key'), ['scope_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_compensation_instance_key'), ['instance_key'], unique=False)
    with op.batch_alter_table('subscription', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=16), server_default='message', nullable=False))
        batch_op.add_column(sa.Column('part', sa.Integer(), server_default='0', nullable=False))
    with op.batch_alter_table('start_subscription', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=16), server_default='message', nullable=False))
