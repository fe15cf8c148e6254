"""A note may be about one family of processes: who may not see that, does not see the note"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('note', sa.Column('family', sa.String(255), nullable=True))
