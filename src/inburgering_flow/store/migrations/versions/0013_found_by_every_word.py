"""Persons are found by each word of their name, cases by how their name begins"""

import sqlalchemy as sa
from alembic import op

from inburgering_flow.model.names import folded, words

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
BATCH = 500


def upgrade() -> None:
    made = op.create_table(
        'search_word',
        sa.Column('kind', sa.String(length=8), nullable=False),
        sa.Column('word', sa.String(255).with_variant(sa.String(255, collation='C'), 'postgresql'), nullable=False),
        sa.Column('key', KEY, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint('kind', 'word', 'key', name=op.f('pk_search_word')),
    )
    op.create_index(op.f('ix_search_word_key'), 'search_word', ['key'], unique=False)
    _fill(made)
    with op.batch_alter_table('person') as batch_op:
        batch_op.drop_index(op.f('ix_person_search_name'))
        batch_op.drop_column('search_name')


def _fill(made: sa.Table) -> None:
    connection = op.get_bind()
    person = sa.table('person', sa.column('key'), sa.column('name'), sa.column('search_name'))
    case = sa.table('process_instance', sa.column('key'), sa.column('business_key'), sa.column('parent_key'))
    named = sa.select(case.c.key, case.c.business_key).where(case.c.parent_key.is_(None), case.c.business_key != '')
    for kind, query, key in (
        ('person', sa.select(person.c.key, person.c.name, person.c.search_name), person.c.key),
        ('case', named, case.c.key),
    ):
        last = None
        while True:
            page = query.order_by(key).limit(BATCH)
            rows = connection.execute(page if last is None else page.where(key > last)).all()
            if not rows:
                break
            last = rows[-1][0]
            found = [
                {'kind': kind, 'word': word, 'key': row[0]}
                for row in rows
                for word in sorted(_words(kind, [str(text) for text in row[1:]]))
            ]
            if found:
                connection.execute(sa.insert(made), found)


def _words(kind: str, texts: list[str]) -> set[str]:
    found = {folded(text) for text in texts} if kind == 'case' else {word for text in texts for word in words(text)}
    return {word[:255] for word in found if word}
