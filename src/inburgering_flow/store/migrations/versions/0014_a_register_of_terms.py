"""A register of terms: a row for each last day that a term has had"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'term',
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
        sa.Column('root_key', KEY, nullable=False),
        sa.Column('instance_key', KEY, nullable=False),
        sa.Column('definition_key', KEY, nullable=False),
        sa.Column('name', sa.String(length=255), nullable=False),
        sa.Column('state', sa.String(length=16), nullable=False),
        sa.Column('due', MOMENT, nullable=False),
        sa.Column('starts', sa.Date(), nullable=True),
        sa.Column('length', sa.String(length=64), nullable=True),
        sa.Column('ground', sa.Text(), nullable=True),
        sa.Column('begun', MOMENT, nullable=False),
        sa.Column('begun_by', sa.String(length=255), nullable=True),
        sa.Column('over', MOMENT, nullable=True),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_term')),
    )
    op.create_index('ix_term_root', 'term', ['root_key'], unique=False)
    ours = sa.text("state = 'OURS'")
    op.create_index(
        'ix_term_running', 'term', ['due', 'key', 'root_key'], unique=False, sqlite_where=ours, postgresql_where=ours
    )
