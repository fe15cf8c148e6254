"""An index of the open tasks that nobody has taken, by who may take them, in the order of a list"""

import sqlalchemy as sa
from alembic import op

revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None
oldest = '0024'


def upgrade() -> None:
    where = sa.text("state = 'CREATED' AND assignee IS NULL")
    op.create_index(
        'ix_user_task_free', 'user_task', ['candidate_group', 'sort_due', 'key', 'root_key'], unique=False,
        sqlite_where=where, postgresql_where=where,
    )
