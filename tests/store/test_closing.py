"""A database that is closed while somebody still uses it: their connection goes when their transaction ends."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from inburgering_flow.store.database import Database


def test_a_connection_in_use_when_the_database_is_closed_goes_with_its_transaction(bare_database_url: str) -> None:
    db = Database(bare_database_url)
    with db.read() as unit:
        driver = unit.driver
        db.close()
        assert unit.connection.execute(text("SELECT 1")).scalar_one() == 1

    with pytest.raises(db.engine.dialect.loaded_dbapi.Error):
        driver.execute("SELECT 1")
