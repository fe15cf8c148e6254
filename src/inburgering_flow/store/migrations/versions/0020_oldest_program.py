"""Which programs can work with the database, besides the one that changed it last"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0018'
branch_labels = None
depends_on = None
oldest = '0018'


def upgrade() -> None:
    op.create_table(
        'oldest_program',
        sa.Column('schema_version', sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint('schema_version', name=op.f('pk_oldest_program')),
    )
