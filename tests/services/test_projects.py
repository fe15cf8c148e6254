"""Projects: what designers keep is never lost, never another's by accident, and is deployed as the shell would."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from inburgering_flow.clock import ManualClock
from inburgering_flow.errors import Conflict, FlowError, InvalidInput, NotFound
from inburgering_flow.model.permissions import PLATFORM_ROLES, SYSTEM, Actor
from inburgering_flow.model.project import checked_path, kind_of
from inburgering_flow.platform import Platform
from inburgering_flow.services.archives import left_out
from inburgering_flow.services.new_files import ENDINGS
from inburgering_flow.services.project_files import LOCKED_FOR, ProjectFiles
from inburgering_flow.services.projects import Projects
from inburgering_flow.services.resources import collect
from inburgering_flow.settings import Settings

PIET, PAULA = (Actor(name, ("procesontwerper",), table=PLATFORM_ROLES) for name in ("piet", "paula"))


@dataclass
class Service:
    projects: Projects
    files: ProjectFiles


@pytest.fixture
def platform(migrated: Path, tmp_path: Path) -> Iterator[Platform]:
    shutil.copy(migrated, tmp_path / "flow.db")
    clock = ManualClock("2026-01-05T09:00:00+01:00")
    settings = Settings(database_url=f"sqlite:///{tmp_path}/flow.db", four_eyes=False, secret="test", synchronous="OFF")
    with Platform.open(settings_=settings, clock=clock, plugins=[]) as opened:
        opened.context.real = clock.now
        yield opened


@pytest.fixture
def service(platform: Platform) -> Service:
    return Service(platform.services.projects, platform.services.project_files)


@pytest.fixture(params=["database", "folder"])
def project(request: pytest.FixtureRequest, platform: Platform, service: Service, tmp_path: Path) -> int:
    """A project in the database, and one that is a folder of the server."""
    if request.param == "database":
        return service.projects.create("Proef", PIET)
    folder = tmp_path / "werkmap"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "config.json").write_text("{}")
    platform.context.settings = replace(platform.context.settings, project_folders=f"Proef={folder}")
    return service.projects.every(PIET)[0][0].key


def begun(service: Service, key: int, path: str, token: str = "a") -> tuple[str, str]:
    """Open a file as a window does; return its content and the checksum that it began with."""
    assert service.files.open(key, path, token, PIET) is None
    found = service.files.read(key, path, PIET)
    return found.content.decode(), found.file.checksum


def test_each_kind_of_new_file_deploys_or_stays_beside_without_a_finding_that_stops_it(service: Service, project: int) -> None:
    paths = [service.files.add(project, kind, "Aanvraag beoordelen", PIET) for kind in ENDINGS]

    assert paths == ["aanvraag-beoordelen.bpmn", "aanvraag-beoordelen-2.dmn", "aanvraag-beoordelen-3.form", "gegevens.json",
                     "aanvraag-beoordelen-4.yaml", "aanvraag-beoordelen-5.typ", "aanvraag-beoordelen-6.json"]  # fmt: skip
    deployed = {(d.kind, d.id) for d in service.projects.deploy(project, PIET)}
    assert deployed == {("process", "aanvraag-beoordelen"), ("decision", "aanvraag-beoordelen-2"), ("form", "aanvraag-beoordelen-3")}


def new(service: Service, key: int, kind: str, name: str) -> str:
    path = service.files.add(key, kind, name, PIET)
    return dict(service.projects.contents(key, PIET))[path].decode()


@pytest.mark.parametrize("kind", ["bpmn", "dmn"])
def test_a_new_file_may_be_called_what_its_inside_is_called(service: Service, kind: str) -> None:
    key = service.projects.create("Namen", PIET)
    first = new(service, key, kind, "Eerste")
    inside = set(re.findall(r'\bid="([^"]+)"', first)) - {"eerste"}
    assert inside

    for name in inside:
        ids = re.findall(r'\bid="([^"]+)"', new(service, key, kind, name))
        assert len(ids) == len(set(ids)), name


def test_a_second_new_file_never_takes_the_id_of_another_also_of_one_that_is_only_deployed(
    service: Service, project: int, platform: Platform
) -> None:
    first = service.files.add(project, "bpmn", "Intake", PIET)
    service.projects.deploy(project, PIET)
    service.files.delete(project, first, PIET)

    second = service.files.add(project, "bpmn", "Intake", PIET)

    assert second == "intake-2.bpmn"
    assert b'<bpmn:process id="intake-2" name="Intake"' in service.files.read(project, second, PIET).content


@pytest.mark.parametrize("kind", ["bpmn", "dmn", "form"])
def test_a_copy_has_ids_of_its_own_and_deploys_beside_the_first(service: Service, kind: str) -> None:
    project = service.projects.create("Proef", PIET)
    path = service.files.add(project, kind, "Eerste", PIET)

    copied = service.files.copy(project, path, "Tweede <stuk> & meer", PIET)

    assert copied == f"tweede-stuk-meer.{kind}"
    deployed = {d.id for d in service.projects.deploy(project, PIET)}
    assert deployed == {"eerste", "tweede-stuk-meer"}
    assert service.projects.check(project, PIET) == [] or kind == "dmn"  # an empty table has a gap, which is said


def test_what_the_shell_finds_in_the_folder_of_a_project_is_what_the_page_deploys(
    service: Service, project: int, tmp_path: Path
) -> None:
    for kind in ENDINGS:
        service.files.add(project, kind, f"Soort {kind}", PIET, folder="a/b" if kind != "form" else "")
    _name, content = service.projects.archive(project, PIET)
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path / "uit")
    for other in (".git/a.bpmn", "node_modules/b/c.dmn", "a/.d.form"):
        (tmp_path / "uit" / other).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "uit" / other).write_text("")

    assert service.projects.resources(project, PIET) == collect([tmp_path / "uit"])


def test_saving_begins_with_what_the_editor_had_and_keeps_what_was_there(service: Service, project: int, platform: Platform) -> None:
    path = service.files.add(project, "letter", "Brief", PIET)
    old, base = begun(service, project, path)

    saved = service.files.save(project, path, b"nieuw", PIET, base=base, token="a", by_hand=True)

    assert service.files.read(project, path, PIET).content == b"nieuw"
    [version] = service.files.read(project, path, PIET).versions
    assert service.files.version(project, version.key, PIET)[1].decode() == old
    with pytest.raises(Conflict, match="changed"):
        service.files.save(project, path, b"van een oud venster", PIET, base=base, token="a")
    assert service.files.read(project, path, PIET).content == b"nieuw"
    assert service.files.restore(project, version.key, PIET) == path
    found = service.files.read(project, path, PIET)
    assert found.content.decode() == old
    assert service.files.version(project, found.versions[0].key, PIET)[1] == b"nieuw", "what it was is kept too"
    assert saved.checksum == found.versions[0].checksum


def test_saving_by_itself_keeps_one_earlier_version_in_ten_minutes_and_a_note_for_ever(
    service: Service, platform: Platform
) -> None:
    key = service.projects.create("Proef", PIET)
    path = service.files.add(key, "letter", "Brief", PIET)
    _text, base = begun(service, key, path)
    for minute in range(30):
        base = service.files.save(key, path, b"%d" % minute, PIET, base=base, token="a").checksum
        platform.clock.advance(minutes=1)
        service.files.open(key, path, "a", PIET)
    assert len(service.files.read(key, path, PIET).versions) == 0, "each is less than ten minutes after the one before"
    platform.clock.advance(minutes=11)
    base = service.files.save(key, path, b"later", PIET, base=base, token="a", note="eerste opzet").checksum
    found = service.files.read(key, path, PIET).versions
    assert [(v.note, service.files.version(key, v.key, PIET)[1]) for v in found] == [("eerste opzet", b"later"), ("", b"29")]
    for number in range(250):
        base = service.files.save(key, path, b"x%d" % number, PIET, base=base, token="a", by_hand=True).checksum
    kept = service.files.read(key, path, PIET).versions
    assert len(kept) == 100
    with platform.context.db.read() as unit:
        from inburgering_flow.store import projects

        assert "eerste opzet" in {v.note for v in projects.versions(unit, key, path, 1000)}


def test_one_window_at_a_time_and_the_other_hears_who_took_over(service: Service, project: int, platform: Platform) -> None:
    path = service.files.add(project, "bpmn", "Proces", PIET)
    _text, base = begun(service, project, path)

    held = service.files.open(project, path, "b", PAULA)
    assert held is not None
    assert (held.holder, held.token) == ("piet", ""), "the token is nobody else's business"
    with pytest.raises(Conflict, match="piet"):
        service.files.save(project, path, b"x", PAULA, base=base, token="b")
    for change in (lambda: service.files.delete(project, path, PAULA), lambda: service.files.move(project, path, "anders.bpmn", PAULA)):
        with pytest.raises(Conflict, match="piet"):
            change()
    assert service.files.open(project, path, "b", PAULA, take_over=True) is None
    with pytest.raises(Conflict, match="paula has taken this file over") as told:
        service.files.save(project, path, b"werk van piet", PIET, base=base, token="a")
    assert told.value.code == "TAKEN_OVER"
    copied = service.files.copy(project, path, "werk van piet", PIET, content=b"werk van piet")
    assert service.files.read(project, copied, PIET).content == b"werk van piet"
    platform.clock.advance(seconds=LOCKED_FOR.total_seconds() + 1)
    assert service.files.open(project, path, "c", PIET) is None, "whoever fell silent holds nobody up"
    service.files.close(project, path, "b", PAULA)
    assert service.files.open(project, path, "d", PAULA) is not None, "a window lets go of what is its own only"


def test_a_deleted_file_and_a_project_put_away_come_back_whole(service: Service, project: int) -> None:
    path = service.files.add(project, "form", "Vraag", PIET, folder="formulieren")
    content = service.files.read(project, path, PIET).content
    version = service.files.delete(project, path, PIET)
    with pytest.raises(NotFound):
        service.files.read(project, path, PIET)
    assert [v.key for v in service.projects.view(project, PIET).deleted] == [version]
    assert service.files.restore(project, version, PIET) == path
    assert service.files.read(project, path, PIET).content == content
    assert service.projects.view(project, PIET).deleted == []
    key = service.projects.create("Weg", PIET)
    service.files.add(key, "form", "Vraag", PIET)
    service.projects.remove(key, PIET)
    with pytest.raises(NotFound):
        service.projects.view(key, PIET)
    service.projects.create("Weg", PIET)
    service.projects.bring_back(key, PIET)
    assert [p.name for p, _ in service.projects.every(PIET) if p.key == key] == ["Weg 2"]
    assert len(service.projects.view(key, PIET).files) == 1


def test_a_file_that_moves_takes_its_past_along_and_never_lands_on_another(service: Service, project: int) -> None:
    path, other = service.files.add(project, "letter", "Een", PIET), service.files.add(project, "letter", "Twee", PIET)
    _text, base = begun(service, project, path)
    service.files.save(project, path, b"nieuw", PIET, base=base, token="a", by_hand=True)
    for wrong in (other, other.upper(), "een.bpmn", "../een.typ", ""):
        with pytest.raises(FlowError):
            service.files.move(project, path, wrong, PIET)
    assert service.files.move(project, path, "brieven/een.typ", PIET) == "brieven/een.typ"
    found = service.files.read(project, "brieven/een.typ", PIET)
    assert (found.content, len(found.versions)) == (b"nieuw", 1)
    assert sorted(f.path for f in service.projects.view(project, PIET).files) == ["brieven/een.typ", other]


BAD = ["", "/", "a/../b.bpmn", "/etc/a.bpmn", ".git/config.json", "a/.b.bpmn", "a\x00.bpmn", "a\n.bpmn", "con.bpmn", "a/nul.json",
       "a?.bpmn", "x" * 200 + ".bpmn", "besluit.docx", "a.bpmn/", "..", "a/ b.bpmn", "C:\\a.bpmn", "a.exe", "a#b.form", "50%.form"]  # fmt: skip


def test_no_path_leads_out_of_a_project_or_to_what_is_no_file_of_one(service: Service, project: int) -> None:
    for path in BAD:
        with pytest.raises(InvalidInput):
            checked_path(path)
        with pytest.raises(FlowError):
            service.projects.take_in(project, [(path, b"x")], PIET)
        assert service.projects.view(project, PIET).files == [], path


def packed(files: dict[str, bytes], *, compress: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compress) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


def test_an_archive_comes_in_whole_or_not_at_all(service: Service, project: int) -> None:
    good = packed({"a/x.bpmn": b"1", "b.form": b"{}", ".git/config.json": b"", "__MACOSX/._b.form": b"", "a/Worker.java": b"x", "LEESMIJ": b"x"})
    assert left_out("alles.zip", good) == ["a/Worker.java", "LEESMIJ"]
    assert left_out("los.docx", b"x") == []
    assert service.projects.take_in(project, [("alles.zip", good), ("los.dmn", b"2")], PIET, folder="map") == [
        "map/a/x.bpmn", "map/b.form", "map/los.dmn"
    ]  # fmt: skip
    for wrong in (
        packed({"b.docx": b"2"}), packed({"../a.bpmn": b"1"}), b"PK\x03\x04 stuk", good[:60], b"",
        packed({"a.bpmn": bytes(60_000_000)}), packed({f"{n}.form": bytes(4_900_000) for n in range(11)}), packed({f"{n}.form": b"" for n in range(2_001)}),
        packed({"a.form": b"1111"}, compress=zipfile.ZIP_STORED).replace(b"1111", b"1112"),
    ):  # fmt: skip
        with pytest.raises(FlowError):
            service.projects.take_in(project, [("alles.zip", wrong)], PIET)
    assert len(service.projects.view(project, PIET).files) == 3


def test_what_is_uploaded_over_a_file_keeps_what_it_was_and_waits_for_who_has_it_open(service: Service, project: int) -> None:
    service.projects.take_in(project, [("a.form", b"oud")], PIET)
    service.projects.take_in(project, [("a.form", b"nieuw")], PIET)
    found = service.files.read(project, "a.form", PIET)
    assert (found.content, service.files.version(project, found.versions[0].key, PIET)[1]) == (b"nieuw", b"oud")
    service.files.open(project, "a.form", "b", PAULA)
    with pytest.raises(Conflict, match="paula"):
        service.projects.take_in(project, [("b.form", b"x"), ("a.form", b"y")], PIET)
    assert [f.path for f in service.projects.view(project, PIET).files] == ["a.form"]


def test_a_working_copy_is_seen_as_it_is_and_never_left(platform: Platform, service: Service, tmp_path: Path) -> None:
    folder, outside = tmp_path / "kopie", tmp_path / "buiten"
    folder.mkdir()
    outside.mkdir()
    (outside / "geheim.json").write_text("{}")
    (folder / "link.json").symlink_to(outside / "geheim.json")
    (folder / "map").symlink_to(outside)
    (folder / "tweede.form").symlink_to(folder / "echt.form")
    (folder / "echt.form").write_text(json.dumps({"id": "echt", "components": []}))
    platform.context.settings = replace(platform.context.settings, project_folders=str(folder))

    [(project, count)] = service.projects.every(PIET)
    assert (project.name, count) == ("kopie", 1)
    for path in ("link.json", "map/geheim.json", "tweede.form"):
        with pytest.raises(FlowError):
            service.files.read(project.key, path, PIET)
        with pytest.raises(FlowError):
            service.projects.take_in(project.key, [(path, b"x")], PIET)
    assert (outside / "geheim.json").read_text() == "{}"
    _text, base = begun(service, project.key, "echt.form")
    (folder / "echt.form").write_text("{}")  # git pull
    with pytest.raises(Conflict, match="changed"):
        service.files.save(project.key, "echt.form", b"x", PIET, base=base, token="a")
    os.chmod(folder / "echt.form", 0o600)
    _text, base = begun(service, project.key, "echt.form")
    service.files.save(project.key, "echt.form", b"y", PIET, base=base, token="a")
    assert ((folder / "echt.form").stat().st_mode & 0o777, sorted(p.name for p in folder.iterdir())) == (
        0o600, ["echt.form", "link.json", "map", "tweede.form"],
    )  # fmt: skip
    platform.context.settings = replace(platform.context.settings, project_folders="")
    assert service.projects.every(PIET) == [], "a folder that is no longer named is not shown"


def test_a_folder_that_is_not_there_is_said_and_holds_up_nothing_else(platform: Platform, service: Service, tmp_path: Path) -> None:
    key = service.projects.create("Ander", PIET)
    platform.context.settings = replace(platform.context.settings, project_folders=f"Weg={tmp_path}/weg")
    listed = {p.name: (p.key, count) for p, count in service.projects.every(PIET)}
    assert listed["Ander"] == (key, 0)
    with pytest.raises(NotFound, match="PROJECT_FOLDERS"):
        service.projects.view(listed["Weg"][0], PIET)


def test_a_deployed_definition_opens_where_it_is_kept_or_with_all_that_is_deployed(platform: Platform, service: Service) -> None:
    first = service.projects.create("Eerst", PIET)
    path = service.files.add(first, "bpmn", "Proces", PIET)
    [deployed] = service.projects.deploy(first, PIET)
    assert service.projects.of_deployed(deployed.key, PIET) == (first, path)
    platform.deploy_content("los/formulier.form", json.dumps({"id": "los", "type": "default", "components": []}))
    form = platform.deployments.newest("form")[0]
    key, opened = service.projects.of_deployed(form.key, PIET)
    assert (opened, {f.path for f in service.projects.view(key, PIET).files}) == ("los/formulier.form", {"los/formulier.form", path})
    assert service.projects.of_deployed(form.key, PIET) == (key, opened), "a second time it is there"
    with pytest.raises(NotFound):
        service.projects.of_deployed(1, PIET)


def test_where_a_second_person_must_agree_only_what_changed_is_proposed(platform: Platform, service: Service) -> None:
    key = service.projects.create("Proef", PIET)
    service.files.add(key, "bpmn", "Een", PIET)
    service.projects.deploy(key, PIET)
    service.files.add(key, "bpmn", "Twee", PIET)
    platform.context.settings = replace(platform.context.settings, four_eyes=True)
    assert service.projects.deploy(key, PIET) == []
    [waiting] = platform.services.proposals.waiting(PAULA)
    assert waiting.names == ("twee.bpmn",)
    platform.services.proposals.approve(waiting.key, PAULA)
    with pytest.raises(InvalidInput, match="Nothing has changed"):
        service.projects.deploy(key, PIET)


def test_what_is_wrong_with_a_file_is_said_as_it_would_be_with_the_others_of_its_project(service: Service, project: int) -> None:
    path = service.files.add(project, "bpmn", "Proces", PIET)
    text = service.files.read(project, path, PIET).content.decode()
    task = '<bpmn:userTask id="taak" name="Taak"><bpmn:extensionElements><zeebe:userTask /><zeebe:formDefinition formId="{}" />'
    task += '<zeebe:assignmentDefinition candidateGroups="procesontwerper" /></bpmn:extensionElements></bpmn:userTask>'
    flow = '<bpmn:sequenceFlow id="pijl" sourceRef="begin" targetRef="taak" />'
    drawn = text.replace("</bpmn:process>", task.format("vraag") + flow + "</bpmn:process>")
    rules = {f.rule for f in service.projects.check(project, PIET, path=path, content=drawn.encode())}
    assert any("form" in rule for rule in rules), rules
    service.files.add(project, "form", "Vraag", PIET)
    again = {f.rule for f in service.projects.check(project, PIET, path=path, content=drawn.encode())}
    assert again == {rule for rule in rules if "form" not in rule}
    assert service.files.read(project, path, PIET).content.decode() == text, "asking saves nothing"
    assert service.projects.check(project, PIET, path=path, content=b"<x") != []


def test_who_held_a_file_long_ago_is_forgotten(service: Service, platform: Platform) -> None:
    key = service.projects.create("Proef", PIET)
    service.files.open(key, service.files.add(key, "form", "Vraag", PIET), "a", PIET)
    assert service.files.forget() == 0
    platform.clock.advance(hours=1)
    assert service.files.forget() == 1


def test_every_kind_of_file_has_a_name_by_which_it_is_known() -> None:
    assert [kind_of(name) for name in ("a.bpmn", "a.BPMN20.xml", "a.dmn", "x/gegevens.json", "a.form", "b.yml", "b.typ", "c.json", "c.xml")] == [
        "bpmn", "bpmn", "dmn", "data", "form", "scenario", "letter", "template", None
    ]  # fmt: skip


def test_what_the_system_begins_itself_needs_no_person(service: Service) -> None:
    assert service.projects.every(SYSTEM) == []
