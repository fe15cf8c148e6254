"""Each lint rule is a file, a line in its table, a pair of fixtures and a page."""

from __future__ import annotations

import gzip
import html
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from inburgering_flow import Platform
from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Finding
from inburgering_flow.model.project import deployed_kind
from inburgering_flow.services.resources import Batch, Resource
from inburgering_flow.services.rulebook import RULES, TABLES
from inburgering_flow.services.rules import check
from inburgering_flow.settings import Settings

HERE = Path(__file__).parents[1]
SOURCE = HERE.parent / "src" / "inburgering_flow"
MARK = re.compile(r"finding at: (\S+?)[\s\"]")
SURROUNDINGS = {"missing-process", "missing-decision", "unserved-job-type", "task-group"}  # examples have none
FIXTURES = [
    (folder, rule.id, kind) for folder, table in TABLES.items() for rule in table for kind in ("invalid", "valid")
]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A platform on which nothing is deployed."""
    url = f"sqlite:///{tmp_path_factory.mktemp('rules')}/flow.db"
    clock = ManualClock("2026-01-05T09:00:00+01:00")
    with Platform.open(url, clock=clock, settings_=Settings(secret="only for tests", http_hosts="api.example.nl"), plugins=[]) as platform:
        yield platform


def fixtures(folder: str, rule: str, kind: str) -> list[Path]:
    """The files (for rules about several files: the folders) of one kind."""
    return sorted((HERE / folder / "rules" / rule).glob(f"{kind}*"))


def resources(path: Path) -> list[Resource]:
    """A fixture and what is next to it, as they would be deployed."""
    if path.is_dir():
        files = [(p.name, p) for p in sorted(path.rglob("*")) if p.is_file()]
    else:
        beside = [p for p in sorted(path.parent.iterdir()) if not p.name.startswith(("valid", "invalid"))]
        files = [(f"zaak/{p.name.removesuffix('.gz')}", p) for p in (path, *beside)]
    return [Resource(name, gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()) for name, p in files]


def found(platform: Platform, given: list[Resource]) -> list[Finding]:
    if any(deployed_kind(one.name) is None for one in given):
        return check(Batch(given))
    return platform.services.deployments.check(given)


@pytest.mark.parametrize(("folder", "rule", "kind"), FIXTURES, ids=lambda part: str(part))
def test_a_rule_finds_what_is_invalid_and_nothing_in_what_is_valid(
    empty: Platform, folder: str, rule: str, kind: str
) -> None:
    paths = fixtures(folder, rule, kind)

    assert paths, f"tests/{folder}/rules/{rule} has no {kind} fixture"
    for path in paths:
        given = resources(path)
        said = [one for one in found(empty, given) if one.rule == rule]
        marks = [mark for one in given for mark in MARK.findall(one.content[:1000].decode(errors="replace"))]
        expected = (marks or [""]) if kind == "invalid" else []
        assert sorted({one.element_id for one in said}) == sorted(expected), path
        assert all(one.message and one.remedy for one in said)


@pytest.mark.parametrize(("folder", "rule"), sorted({f[:2] for f in FIXTURES}), ids=lambda part: str(part))
def test_what_is_valid_is_valid_for_every_rule(empty: Platform, folder: str, rule: str) -> None:
    for path in fixtures(folder, rule, "valid"):
        said = [one for one in found(empty, resources(path)) if one.rule == rule or one.rule not in SURROUNDINGS]
        assert said == [], path


def test_the_tables_hold_every_rule_file_once_under_its_name() -> None:
    for folder, table in TABLES.items():
        package = importlib.import_module(f"inburgering_flow.{folder}.rules")
        files = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
        assert sorted(rule.id.replace("-", "_") for rule in table) == files
        for rule in table:
            assert importlib.import_module(f"{package.__name__}.{rule.id.replace('-', '_')}").RULE is rule
    assert len(RULES) == sum(len(table) for table in TABLES.values())


def test_nothing_but_the_rules_makes_findings() -> None:
    made = re.compile(r"(?<!class )\bFinding\(")
    makers = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if made.search(path.read_text())}

    assert makers == {"model/lint.py"}


def test_every_folder_of_fixtures_is_that_of_a_rule() -> None:
    for folder, table in TABLES.items():
        assert {p.name for p in (HERE / folder / "rules").iterdir() if p.is_dir()} == {rule.id for rule in table}


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", html.unescape(text))


@pytest.mark.parametrize("folder", ["bpmn", "dmn", "forms"])
def test_the_examples_on_the_pages_stand_in_the_fixtures(folder: str) -> None:
    for rule in TABLES[folder]:
        for example, kind in ((rule.wrong, "invalid"), (rule.right, "valid")):
            texts = [squeezed(path.read_text()) for path in fixtures(folder, rule.id, kind) if path.suffix != ".gz"]
            assert "…" in example or any(squeezed(example) in text for text in texts), (rule.id, kind)


def test_the_pages_are_those_that_the_rules_tell() -> None:
    sys.path.insert(0, str(HERE.parent / "tools"))
    import rules as tool

    pages = tool.pages()
    assert {p.name for p in tool.FOLDER.iterdir()} == set(pages), "run python tools/rules.py"
    for name, text in pages.items():
        assert (tool.FOLDER / name).read_text() == text, f"{name}: run python tools/rules.py"
