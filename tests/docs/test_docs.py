"""The documentation names everything that exists, and its example runs."""

from __future__ import annotations

import doctest
import re
import runpy
import shlex
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

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


def blocks(page: str, language: str) -> list[str]:
    """Return the code blocks of one language on a page."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)


def test_the_python_on_the_page_about_feel_and_dmn_gives_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    examples = doctest.DocTestParser().get_doctest(
        "\n".join(blocks("feel-and-dmn.md", "python")), {}, "feel-and-dmn.md", None, 0
    )

    result = doctest.DocTestRunner().run(examples)

    assert result.attempted > 15
    assert result.failed == 0


def test_the_commands_on_the_page_about_feel_and_dmn_print_what_stands_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = "".join(blocks("feel-and-dmn.md", "console"))
    examples = re.findall(r"^\$ inburgering-flow (.*)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE)

    assert len(examples) == 3
    for command, printed in examples:
        result = CliRunner().invoke(main, shlex.split(command))
        assert (result.exit_code, result.stdout) == (0, printed), command


def test_the_element_table_is_what_the_code_reads_and_runs() -> None:
    sys.path.insert(0, str(ROOT / "tools"))
    import elements

    assert elements.PAGE.read_text() == elements.page(), "run python tools/elements.py"
    assert set(elements.TYPES) == set(elements.NODES)
    assert set(elements.PLACES) == set(elements.EVENTS_ALLOWED)


def test_the_page_about_decisions_is_what_they_are_and_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "tools"))
    import beslissingen

    assert beslissingen.PAGE.read_text() == beslissingen.page(), "run python tools/beslissingen.py"
    assert {"d04-pip-uiterlijk", "d09-schakelen", "d18-spuk"} <= set(beslissingen.EXAMPLES)
