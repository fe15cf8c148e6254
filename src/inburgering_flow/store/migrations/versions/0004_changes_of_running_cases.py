"""Cases that stand still, the same change for many cases, documents found by content"""

from alembic import op
import sqlalchemy as sa

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.drop_index('ix_job_due')
        batch_op.add_column(sa.Column('suspended', sa.Boolean(), server_default=sa.text('false'), nullable=False))
    with op.batch_alter_table('job', schema=None) as batch_op:
        batch_op.create_index('ix_job_due', ['kind', 'due', 'key'], unique=False, sqlite_where=sa.text('failed = 0 AND suspended = 0'), postgresql_where=sa.text('NOT failed AND NOT suspended'))
    with op.batch_alter_table('document', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_document_checksum'), ['checksum'], unique=False)
    op.create_table('batch_operation',
    sa.Column('key', key, autoincrement=False, nullable=False),
    sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
    sa.Column('type', sa.String(length=32), nullable=False),
    sa.Column('state', sa.String(length=32), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('created_by', sa.String(length=255), nullable=False),
    sa.Column('start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('end', sa.DateTime(timezone=True), nullable=True),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('completed', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.Column('shape', sa.Integer(), server_default='1', nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_batch_operation'))
    )
    op.create_table('batch_item',
    sa.Column('batch_key', key, autoincrement=False, nullable=False),
    sa.Column('instance_key', key, autoincrement=False, nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('processed', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['batch_key'], ['batch_operation.key'], name=op.f('fk_batch_item_batch_key')),
    sa.PrimaryKeyConstraint('batch_key', 'instance_key', name=op.f('pk_batch_item'))
    )
    with op.batch_alter_table('batch_item', schema=None) as batch_op:
        batch_op.create_index('ix_batch_item_waiting', ['batch_key', 'instance_key'], unique=False, sqlite_where=sa.text("state = 'ACTIVE'"), postgresql_where=sa.text("state = 'ACTIVE'"))
