"""Sessions are kept on the server, and attempts to log in are counted for every node"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Moment

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'login_session',
        sa.Column('key', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
        sa.Column('token_hash', sa.String(length=64), nullable=False),
        sa.Column('username', sa.String(length=255), nullable=False),
        sa.Column('epoch', sa.Integer(), nullable=False),
        sa.Column('begun', Moment(), nullable=False),
        sa.Column('used', Moment(), nullable=False),
        sa.Column('browser', sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint('key', name=op.f('pk_login_session')),
        sa.UniqueConstraint('token_hash', name=op.f('uq_login_session_token_hash')),
    )
    op.create_index(op.f('ix_login_session_username'), 'login_session', ['username'], unique=False)
    op.create_table(
        'login_attempt',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('failures', sa.Integer(), nullable=False),
        sa.Column('first', Moment(), nullable=False),
        sa.Column('free_at', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_login_attempt')),
    )
    op.create_index(op.f('ix_login_attempt_first'), 'login_attempt', ['first'], unique=False)
