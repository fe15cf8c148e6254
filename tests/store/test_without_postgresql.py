"""A machine without PostgreSQL says so in one line, however many tests need it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from variants import ALL

ROOT = Path(__file__).parents[2]
TESTS = ["tests/store/test_database.py", "-k", "keep or asks_for_it"]


@pytest.mark.skipif(not ALL, reason="it starts pytest again; make test-all plays it")
def test_a_machine_without_postgresql_says_so_in_one_loud_line(tmp_path: Path) -> None:
    environment = os.environ | {"POSTGRES_BIN": str(tmp_path), "COLUMNS": "80"}
    environment.pop("PYTEST_XDIST_WORKER", None)

    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0", *TESTS],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip

    loud = [line for line in found.stdout.splitlines() if line.startswith("!!!!! ")]
    assert len(loud) == 1, found.stdout + found.stderr
    assert loud[0].startswith("!!!!! 2 TESTS WERE NOT RUN: POSTGRES_BIN is "), loud
    assert loud[0].endswith("Name the folder of a PostgreSQL, or unset it.")
    assert found.returncode == 0
