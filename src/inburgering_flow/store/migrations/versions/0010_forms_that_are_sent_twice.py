"""What a form has made is remembered for a day: sent twice, it makes nothing anew"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.store.types import Moment

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'submission',
        sa.Column('token', sa.String(length=64), nullable=False),
        sa.Column('actor', sa.String(length=255), nullable=False),
        sa.Column('made', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
        sa.Column('moment', Moment(), nullable=False),
        sa.PrimaryKeyConstraint('token', name=op.f('pk_submission')),
    )
    op.create_index(op.f('ix_submission_moment'), 'submission', ['moment'], unique=False)
