"""Which files a deployment takes, how they are read, and which version a case keeps."""

from __future__ import annotations

from typing import Any

import pytest
from diagrams import Diagram

from engine.doing import deploy, open_tasks
from engine.drawing import XML
from inburgering_flow.errors import DeploymentRejected, InvalidInput
from inburgering_flow.model.permissions import NONE, role, table
from inburgering_flow.platform import Platform
from inburgering_flow.services.contents import checksum
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import tables as t


def test_a_running_case_keeps_its_version_and_the_same_content_makes_no_new_one(platform: Platform) -> None:
    old = Diagram().start().user("oud").end().path("start", "oud", "end")
    new = Diagram().start().user("nieuw").end().path("start", "nieuw", "end")
    deploy(platform, old)
    key = platform.start("p")

    again = platform.deploy_content("p.bpmn", old.xml())
    changed = platform.deploy_content("p.bpmn", new.xml())

    assert (again[0].version, again[0].is_new) == (1, False)
    assert (changed[0].version, changed[0].is_new) == (2, True)
    assert open_tasks(platform, key) == ["oud"]
    assert open_tasks(platform, platform.start("p")) == ["nieuw"]


def name_of(platform: Platform, content: str | bytes, name: str = "p.bpmn") -> str:
    platform.deploy_content(name, content)
    platform.start("p")
    return platform.tasks(state="CREATED")[0].name


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "klingon"])
def test_a_diagram_given_as_text_needs_no_encoding(platform: Platform, encoding: str) -> None:
    assert name_of(platform, XML.replace("UTF-8", encoding)) == "één"


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "UTF-8-sig"])
def test_a_diagram_given_as_bytes_is_read_as_it_says(platform: Platform, encoding: str) -> None:
    assert name_of(platform, XML.replace("UTF-8", encoding.removesuffix("-sig")).encode(encoding)) == "één"


@pytest.mark.parametrize("name", ["p.BPMN", "p.bpmn20.xml"])
def test_a_diagram_may_be_named_in_another_way(platform: Platform, name: str) -> None:
    assert name_of(platform, XML, name) == "één"


@pytest.mark.parametrize("name", ["p", "p.txt", "p.zip", "", ".bpmn"])
def test_a_file_of_no_known_kind_is_refused(platform: Platform, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"not a \.bpmn"):
        platform.deploy_content(name, XML)


@pytest.mark.parametrize("content", [None, 5])
def test_content_that_is_neither_text_nor_bytes_is_refused(platform: Platform, content: Any) -> None:
    with pytest.raises(InvalidInput, match="neither text nor bytes"):
        platform.deploy_content("p.bpmn", content)


def test_two_files_of_one_name_are_refused(platform: Platform) -> None:
    two = [Resource("p.bpmn", XML.encode()), Resource("p.bpmn", XML.replace('"p"', '"q"').encode())]

    with pytest.raises(DeploymentRejected, match="Two files"):
        platform.services.deployments.deploy(two)


def test_a_copy_of_a_file_is_deployed_once_and_another_file_with_its_id_is_refused(platform: Platform) -> None:
    def folders(second: str) -> list[Resource]:
        return [Resource("src/p.bpmn", XML.encode()), Resource("target/classes/p.bpmn", second.encode())]

    deployed = platform.services.deployments.deploy(folders(XML))
    said = platform.services.deployments.check(folders(XML))

    assert [(d.id, d.version) for d in deployed] == [("p", 1)]
    assert [(f.rule, f.severity, f.resource) for f in said if f.rule == "duplicate-definition"] == [
        ("duplicate-definition", "warning", "target/classes/p.bpmn"),
    ]
    with pytest.raises(DeploymentRejected, match=r"also in src/p\.bpmn"):
        platform.services.deployments.deploy(folders(XML.replace("één", "twee")))


@pytest.mark.parametrize("content", ["[" * 5000 + "]" * 5000, '[{"name": [], "type": "text"}]'])
def test_a_data_dictionary_of_another_shape_is_refused(platform: Platform, content: str) -> None:
    with pytest.raises(DeploymentRejected, match="data dictionary"):
        platform.deploy_content("gegevens.json", content)


# -- what counts as content ------------------------------------------------------------------------------------------------


def two(platform: Platform, first: str, second: str, name: str = "twee.bpmn", before: str = "") -> dict[str, tuple[int, bool]]:
    """Deploy a file with the processes p and q, each with one task of that name; return (version, whether it is new) of each."""
    one, other = (
        Diagram(id).start(f"{id}1").user(f"{id}2", body=f"<bpmn:documentation>{said}</bpmn:documentation>").end(f"{id}3")
        .path(f"{id}1", f"{id}2", f"{id}3").xml()
        for id, said in (("p", first), ("q", second))
    )
    inner = other[other.index("<bpmn:process") : other.index("</bpmn:definitions>")]
    content = one.replace("</bpmn:definitions>", f"{before}{inner}</bpmn:definitions>")
    return {d.id: (d.version, d.is_new) for d in platform.deploy_content(name, content)}


def test_of_a_file_with_two_processes_only_the_changed_one_gets_a_version(platform: Platform) -> None:
    assert two(platform, "x", "x") == {"p": (1, True), "q": (1, True)}
    assert two(platform, "x", "y") == {"p": (1, False), "q": (2, True)}
    assert two(platform, "z", "y") == {"p": (2, True), "q": (2, False)}


@pytest.mark.parametrize("name", ["anders.bpmn", "een/map/twee.bpmn"])
def test_another_name_other_spaces_and_a_comment_make_no_version(platform: Platform, name: str) -> None:
    two(platform, "x", "x")
    assert two(platform, "x", "x", name, "\n\n  <!-- hier staat niets -->\n") == {"p": (1, False), "q": (1, False)}


def test_a_version_that_an_earlier_program_stored_is_the_same_too(platform: Platform) -> None:
    two(platform, "x", "x")
    with platform.context.db.write() as unit:
        unit.connection.execute(t.definition.update().values(checksum="of the whole file"))
    assert two(platform, "x", "y") == {"p": (1, False), "q": (2, True)}


def test_the_folder_of_a_process_counts_where_it_is_closed_to_somebody() -> None:
    content, roles = Diagram().start().end().path("start", "end").xml().encode(), table(role("lezer", NONE, hides=("besloten",)))

    def said(folder: str) -> str:
        return checksum("process", "p", f"{folder}/p.bpmn", content, None, roles)

    assert said("open") == said("ook-open")
    assert said("open") != said("besloten")


def test_a_data_dictionary_counts_by_what_it_says(platform: Platform) -> None:
    content = Diagram().start().user("a").end().path("start", "a", "end").xml().encode()

    def deployed(data: str) -> tuple[int, bool]:
        given = [Resource("x/p.bpmn", content), Resource("x/gegevens.json", data.encode())]
        found = platform.services.deployments.deploy(given)[0]
        return found.version, found.is_new

    assert deployed('[{"name": "a", "type": "string"}, {"name": "b", "type": "number"}]') == (1, True)
    assert deployed('[\n{"type": "number", "name": "b"},\n{"name": "a", "type": "string"}]') == (1, False)
    assert deployed('[{"name": "a", "type": "date"}, {"name": "b", "type": "number"}]') == (2, True)
