"""Persons of any domain: the fields that a plug-in names, and the numbers by which they are found"""

import json

from alembic import op
import sqlalchemy as sa

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

CONTACT = ('straat', 'postcode', 'woonplaats', 'email', 'telefoon')
OLD = ('voornamen', 'tussenvoegsel', 'achternaam', 'zoeknaam', 'geboortedatum', 'bsn_encrypted', 'bsn_hash', 'v_nummer',
       'contact', 'taal')
BATCH = 500


def upgrade() -> None:
    key = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    op.create_table('person_number',
    sa.Column('tenant_id', sa.String(length=64), server_default='<default>', nullable=False),
    sa.Column('person_key', key, autoincrement=False, nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('found_by', sa.String(length=64), nullable=False),
    sa.Column('encrypted', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('person_key', 'kind', name=op.f('pk_person_number'))
    )
    with op.batch_alter_table('person', schema=None) as batch_op:
        for name in ('name', 'search_name', 'fields'):
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))
    _carry_over()
    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.drop_index('ix_person_zoeknaam')
        batch_op.drop_index('ix_person_v_nummer')
        batch_op.drop_constraint('uq_person_tenant_id_bsn_hash', type_='unique')
        for name in OLD:
            batch_op.drop_column(name)
        for name in ('name', 'search_name', 'fields'):
            batch_op.alter_column(name, existing_type=sa.Text(), nullable=False)
        batch_op.create_index(batch_op.f('ix_person_search_name'), ['search_name'], unique=False)
    with op.batch_alter_table('person_number', schema=None) as batch_op:
        batch_op.create_index('ix_person_number_found_by', ['kind', 'found_by'], unique=False)
        batch_op.create_index('ix_person_number_secret', ['tenant_id', 'kind', 'found_by'], unique=True,
                              sqlite_where=sa.text('encrypted IS NOT NULL'),
                              postgresql_where=sa.text('encrypted IS NOT NULL'))


def _carry_over() -> None:
    """Bring every person over, a few hundred at a time."""
    connection = op.get_bind()
    made = sa.MetaData()
    person = sa.Table('person', made, autoload_with=connection)
    number = sa.Table('person_number', made, autoload_with=connection)
    last = None
    while True:
        query = sa.select(person).order_by(person.c.key).limit(BATCH)
        rows = connection.execute(query if last is None else query.where(person.c.key > last)).mappings().all()
        if not rows:
            return
        last = rows[-1]['key']
        for row in rows:
            connection.execute(sa.update(person).where(person.c.key == row['key']).values(_person(row)))
        numbers = [found for row in rows for found in _numbers(row)]
        if numbers:
            connection.execute(sa.insert(number), numbers)


def _person(row: sa.RowMapping) -> dict[str, object]:
    fields = {name: row[name] for name in ('voornamen', 'tussenvoegsel', 'achternaam', 'taal') if row[name]}
    if row['geboortedatum']:
        fields['geboortedatum'] = row['geboortedatum'].isoformat()
    fields.update({name: value for name, value in json.loads(row['contact'] or '{}').items() if name in CONTACT})
    names = (row['voornamen'], row['tussenvoegsel'], row['achternaam'])
    return {
        'name': ' '.join(part for part in names if part), 'search_name': row['zoeknaam'],
        'fields': json.dumps(fields, ensure_ascii=False, separators=(',', ':')),
    }


def _numbers(row: sa.RowMapping) -> list[dict[str, object]]:
    common = {'tenant_id': row['tenant_id'], 'person_key': row['key']}
    found = []
    if row['bsn_hash']:
        found.append({**common, 'kind': 'bsn', 'found_by': row['bsn_hash'], 'encrypted': row['bsn_encrypted']})
    if row['v_nummer']:
        found.append({**common, 'kind': 'v_nummer', 'found_by': row['v_nummer'], 'encrypted': None})
    return found
