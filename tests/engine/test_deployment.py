"""Which files a deployment takes, how they are read, and which version a case keeps."""

from __future__ import annotations

from typing import Any

import pytest
from diagrams import Diagram

from engine.doing import deploy, open_tasks
from engine.drawing import XML
from inburgering_flow.errors import DeploymentRejected, InvalidInput
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource


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


@pytest.mark.parametrize("content", ["[" * 5000 + "]" * 5000, '[{"name": [], "type": "text"}]'])
def test_a_data_dictionary_of_another_shape_is_refused(platform: Platform, content: str) -> None:
    with pytest.raises(DeploymentRejected, match="data dictionary"):
        platform.deploy_content("gegevens.json", content)
