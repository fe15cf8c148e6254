"""What is shown of people comes from one place: nothing else reads their names, numbers and data, or the texts of incidents.

Python is read as a tree and so are templates; each table names where something may be read, and why. A line that nothing needs
any more is wrong too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from inburgering_flow.inburgering.people import PERSON

SOURCE = Path(__file__).parents[2] / "src" / "inburgering_flow"
DATA = frozenset((*PERSON.order, "person_number", "found_by", "encrypted"))
"""The names of what is kept about somebody."""

READS_PEOPLE = {
    "services/retentions.py": "deletes them, and reads nothing",
    "services/people.py": "registers, finds and corrects them",
    "services/disclosure/people.py": "the layer itself",
    "platform.py": "asks whether a number is stored encrypted",
}
READS_INCIDENTS = {
    "services/incidents.py": "retries them, and lists what the layer makes of them",
    "services/case_parts.py": "shows in the case what the layer makes of them",
    "services/processes.py": "the embedding program's view of an instance",
    "services/diagram_marks.py": "counts them by element",
    "services/history.py": "which lines of the log are about one in a closed part",
    "services/case_lists.py": "whether a case has one",
    "services/jobs.py": "adds them",
    "services/list_deeds.py": "whether a step that was tried again stands still again",
}
TELLS_DATA = {
    ("services/people.py", "found_by"): "keeps and finds numbers",
    ("services/people.py", "encrypted"): "keeps and finds numbers",
    ("services/extracts.py", "encrypted"): "an extract, for the person",
    ("services/extracts.py", "found_by"): "the same",
    ("services/extracts.py", "person_number"): "the same",
    ("services/accounts.py", "email"): "a colleague's address",
    ("alerts/preferences.html", "email"): "one's own address",
    ("regular_reports/new.html", "email"): "the address of a mailbox",
    ("services/alerts.py", "email"): "one's own address",
    ("services/mails.py", "email"): "a colleague's address",
    ("forms/constraints.py", "email"): "a kind of text field",
    ("web/language.py", "taal"): "the cookie with the language of the pages",
}
ROWS_OF_PEOPLE = {
    "store/people.py": "asks of each name who sees the case",
    "store/searching.py": "finds cases by the words of a name",
    "store/extracts.py": "everything about one person, for whom the service lets make an extract",
}
CASES_IN_TEMPLATES = {
    ("agenda/agenda.html", "business_key"): "rows that the actor sees",
    ("cases/case.html", "business_key"): "the case, to who was let in",
    ("cases/overview.html", "location"): "the same, to who may move it",
    ("cases/overview.html", "person_key"): "whether it is about somebody",
    ("cases/cases.html", "business_key"): "rows that the actor sees",
    ("cases/cases.html", "location"): "the same",
    ("tasklist/work.html", "business_key"): "cases that the actor leads",
    ("lists/done.html", "business_key"): "tasks of which the actor sees the case",
    ("macros/list.html", "business_key"): "of the rows that a list shows",
    ("cockpit/board.html", "business_key"): "rows that the actor sees",
    ("cockpit/board_cases.html", "business_key"): "rows that the actor sees",
    ("designer/impact.html", "business_key"): "only cases that the actor sees",
    ("cockpit/lost.html", "business_key"): "empty where the actor does not see the case",
    ("tasklist/table.html", "business_key"): "rows that the actor sees",
    ("tasklist/task.html", "business_key"): "the task's case, to who was let in",
    ("admin/accounts.html", "location"): "of a colleague",
}
SEES_A_CASE = frozenset(("business_key", "location", "person_key"))


@cache
def modules() -> list[tuple[str, ast.Module]]:
    return list(_modules())


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if not name.startswith(("inburgering/", "store/", "_resources/")):  # the domain itself; rows, which services read
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def templates() -> Iterator[tuple[str, nodes.Template]]:
    reader = Environment(extensions=["jinja2.ext.i18n"])  # only read
    for path in sorted((SOURCE / "web").rglob("*.html")):
        yield path.relative_to(SOURCE / "web").as_posix(), reader.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module, module: str) -> bool:
    """Tell whether a module is imported, whole or in part, wherever in the file."""
    package, _dot, last = module.rpartition(".")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (
            node.module == module or (node.module == package and last in {a.name for a in node.names})
        ):
            return True
        if isinstance(node, ast.Import) and module in {a.name for a in node.names}:
            return True
    return False


def words(tree: ast.AST) -> set[str]:
    """The attributes, keywords and whole texts of a module: how something of a row can be asked for."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def words_of_template(tree: nodes.Node) -> set[str]:
    """The attributes, keys and whole texts of a template."""
    found = {node.attr for node in tree.find_all(nodes.Getattr)}
    return found | {node.value for node in tree.find_all(nodes.Const) if isinstance(node.value, str)}


@pytest.mark.parametrize(
    ("module", "allowed"),
    [("inburgering_flow.store.people", READS_PEOPLE), ("inburgering_flow.store.incidents", READS_INCIDENTS)],
)
def test_rows_are_read_only_where_the_layer_stands_behind_it(module: str, allowed: dict[str, str]) -> None:
    assert {name for name, tree in modules() if imports(tree, module)} == set(allowed)


def test_the_tables_of_people_are_read_only_by_what_asks_who_sees_them() -> None:
    reading = set()
    for path in sorted((SOURCE / "store").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("person", "person_number") and ast.unparse(node.value) == "t":
                reading.add(f"store/{path.name}")
    assert reading == set(ROWS_OF_PEOPLE)


def test_whole_persons_are_loaded_only_for_letters_and_for_the_layer() -> None:
    loading = {
        name for name, tree in modules() for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr == "load" and ast.unparse(node.value).endswith("people")
    }  # fmt: skip
    assert loading == {"services/extracts.py", "services/jobs.py", "services/previews.py"}


def test_no_module_and_no_template_names_what_is_kept_about_somebody() -> None:
    found = {(name, word) for name, tree in modules() for word in words(tree) & DATA}
    found |= {(name, word) for name, tree in templates() for word in words_of_template(tree) & DATA}

    assert found == set(TELLS_DATA)


def test_a_template_reads_what_identifies_a_case_only_from_rows_that_its_reader_sees() -> None:
    found = {(name, word) for name, tree in templates() for word in words_of_template(tree) & SEES_A_CASE}

    assert found == set(CASES_IN_TEMPLATES)


def test_numbers_are_masked_in_one_place() -> None:
    masking = {name for name, tree in modules() if "•" in words(tree)}

    assert masking == {"services/disclosure/people.py"}


def test_only_what_checks_access_admits() -> None:
    admitting = {
        name for name, tree in modules() for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Admitted")
    }  # fmt: skip
    assert admitting == {"services/case_access.py", "services/task_access.py"}


def test_the_check_sees_a_name_however_it_is_read() -> None:
    tree = ast.parse("a.achternaam; b['bsn']; c.get('v_nummer'); d(straat=1); getattr(e, 'geboortedatum')")
    assert words(tree) & DATA == {"achternaam", "bsn", "v_nummer", "straat", "geboortedatum"}
    template = Environment().parse("{{ a.achternaam }}{{ b['bsn'] }}{% if c.get('postcode') %}{% endif %}")
    assert words_of_template(template) & DATA == {"achternaam", "bsn", "postcode"}
