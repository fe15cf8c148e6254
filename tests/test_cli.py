"""What the commands ``feel`` and ``decide`` print, and how they say what is wrong."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from inburgering_flow.cli import main

FINE = str(Path(__file__).parents[1] / "processes" / "beslissingen" / "d14-boetehoogte.dmn")


def run(*arguments: str, stdin: str = "") -> Result:
    result = CliRunner().invoke(main, arguments, input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_variables_come_from_a_file_from_standard_input_or_as_text(tmp_path: Path) -> None:
    file = tmp_path / "vars.json"
    file.write_text('{"a": 1.1}')

    for given, stdin in [(str(file), ""), (f"@{file}", ""), ("-", '{"a": 1.1}'), ('{"a": 1.1}', "")]:
        result = run("feel", "a * 2", "--vars", given, stdin=stdin)
        assert (result.exit_code, result.stdout) == (0, "2.2\n"), given


def test_a_null_is_printed_alone_and_its_reason_goes_to_standard_error() -> None:
    result = run("feel", "bedrg + 1")

    assert (result.exit_code, result.stdout) == (0, "null\n")
    assert "there is no variable 'bedrg'" in result.stderr


def test_the_explanation_names_the_cause() -> None:
    result = run("feel", "bedrg + 1", "-v", '{"bedrag": 2}', "--explain")

    assert result.exit_code == 0
    assert "Cause: There is no variable 'bedrg'. Did you mean 'bedrag'?" in result.stdout


def test_the_explanation_can_be_json() -> None:
    result = run("feel", "1 + 1", "--explain", "--json")

    assert json.loads(result.stdout)["tree"]["children"][0]["text"] == "1"


def test_what_cannot_be_read_is_shown_with_a_caret_and_exit_code_1() -> None:
    result = run("feel", "(a +\n  b == 2)")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        "Error: FEEL_SYNTAX: Line 2, column 6: expected a value, a name or an opening bracket, found '='. "
        "FEEL compares with a single '='.",
        "      b == 2)",
        "         ^",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("feel", "a", "--vars", "nergens.json"), "There is no file 'nergens.json'."),
        (("feel", "a", "--vars", "[1]"), "not a JSON object"),
        (("feel", "a", "--vars", "{"), "not JSON"),
        (("feel", "a", "--vars", "@nergens.json"), "nergens.json"),
        (("decide", FINE, "Onbekend"), "Its decisions: Dagen"),
        (("feel", "{f: function(n) f(n + 1), r: f(1)}.r"), "FEEL_LIMIT"),
        (("feel", "{f: function(n) f(n + 1), r: f(1)}.r", "--explain"), "FEEL_LIMIT"),
    ],
)
def test_an_error_is_one_clear_line_and_exit_code_1(arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr


def test_a_decision_is_explained_with_rules_and_sources() -> None:
    given = '{"overtreding": "brede intake", "verwijtbaarheid": "normaal", "overtredingDatum": "2026-03-04", "besluitDag": "2026-04-20"}'

    result = run("decide", FINE, "Boetehoogte", given, "--explain")

    assert result.exit_code == 0
    assert "✓ rule 1" in result.stdout
    assert "Bron: Besluit inburgering 2021, art. 7.1 lid 1: vast bedrag, ook de tweede keer" in result.stdout
    assert """– rule 2: Overtreding: '"pip"' does not hold for "brede intake\"""" in result.stdout


def test_a_decision_prints_its_result_alone() -> None:
    result = run("decide", FINE, "boeteFactor", "-", stdin='{"verwijtbaarheid": "geen", "besluitDag": "2026-04-20"}')

    assert (result.exit_code, json.loads(result.stdout)) == (0, [0])


def test_a_backup_is_written_once_and_says_what_belongs_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'flow.db'}")
    assert "There is no database yet" in run("backup", str(tmp_path / "copy.db")).stderr
    sqlite3.connect(tmp_path / "flow.db").execute("CREATE TABLE t (a)").connection.close()

    first, second = (run("backup", str(tmp_path / "copy.db")) for _ in range(2))

    assert "secret.key" in first.stdout
    assert (first.exit_code, second.exit_code) == (0, 1)
    assert "exists already" in second.stderr


def test_a_port_that_is_taken_is_one_clear_line(migrated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(migrated, tmp_path / "flow.db")
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'flow.db'}")
    monkeypatch.setattr("inburgering_flow.app.server_of", lambda *_: 1 / 0)  # should it begin after all, it would never end
    monkeypatch.setattr("inburgering_flow.app.signal.signal", lambda *_: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setenv("INBURGERING_FLOW_PORT", str(taken.getsockname()[1]))
        result = run("serve")

    assert result.exit_code == 1
    assert "cannot be listened on" in result.stderr.splitlines()[-1]
    assert "INBURGERING_FLOW_PORT" in result.stderr.splitlines()[-1]


def test_a_term_may_count_from_its_first_day() -> None:
    found = CliRunner().invoke(main, ["term", "2025-03-01", "P18M", "--first-day"])
    assert (found.exit_code, found.stdout.splitlines()[0]) == (0, "2026-08-31")
    assert CliRunner().invoke(main, ["term", "2025-03-01", "P18M"]).stdout.splitlines()[0] == "2026-09-01"


def test_cases_of_a_file_are_rehearsed_taken_over_and_refused_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_DATABASE_URL", f"sqlite:///{tmp_path / 'flow.db'}")
    root = Path(__file__).parents[1]
    run("deploy", str(root / "processes"), str(root / "forms"))
    file = tmp_path / "zaken.csv"
    file.write_text("dossiernummer;instroomFase;achternaam;voornamen;overgenomenUit;doelgroep;kennisgeving\n"
                    "D-1;pip;Zangvogel;V;Oud;gezinsmigrant;15-07-2024\nD-2;pip;Zangvogel;V;Oud;gezinsmigrant;15-07-2025\n")  # fmt: skip

    rehearsed = run("overnemen", str(file), "--proefdraaien")
    assert rehearsed.exit_code == 0
    assert "row 2: Overgenomen zaak controleren." in rehearsed.stdout
    assert "2 rows are right." in rehearsed.stdout
    taken = run("overnemen", str(file))
    assert "2 rows are taken over." in taken.stdout
    again = run("overnemen", str(file))
    assert again.exit_code == 1
    assert "row 2: dossiernummer: There is a case D-1 already." in again.stdout
    assert "Zangvogel" not in rehearsed.output + taken.output + again.output
