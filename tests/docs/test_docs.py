"""The documentation names what there is, and its example runs."""

from __future__ import annotations

import runpy
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from inburgering_flow.cli import main
from inburgering_flow.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_readme_begins_with_the_two_commands_and_names_every_other() -> None:
    readme = (ROOT / "README.md").read_text()

    assert readme.index("make demo") < readme.index("make test") < readme.index("## ")
    for command in main.commands:
        assert f"inburgering-flow {command}" in readme, command


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()

    for field in fields(Settings):
        assert f"`{field.name.upper()}`" in readme, field.name


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "embedding.py"), run_name="__main__")

    assert "Uitnodiging brede intake" in capsys.readouterr().out


def test_the_element_table_is_what_the_code_reads_and_runs() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import elements

    assert elements.PAGE.read_text() == elements.page(), "run python tools/elements.py"
    assert set(elements.TYPES) == set(elements.NODES)
    assert set(elements.PLACES) == set(elements.EVENTS_ALLOWED)
