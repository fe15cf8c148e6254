"""A file that is downloaded keeps its name, whatever the name; what is sent may be as large as the page says."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.http import parse_options_header

from inburgering_flow import web
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import Resource
from inburgering_flow.store import documents
from inburgering_flow.store.documents import DocumentRow
from web.conftest import Browser, draft, start_case

Login = Callable[[str], Browser]
NAMES = {
    "é€漢.bpmn": "é€漢.bpmn", 'een "naam".bpmn': 'een "naam".bpmn', "a\r\nSet-Cookie: x=y.bpmn": "aSet-Cookie: x=y.bpmn",
    "a;b=c.bpmn": "a;b=c.bpmn", "\u202enmpb.bpmn": "nmpb.bpmn", "map/ander/a.bpmn": "a.bpmn", "100%.bpmn": "100%.bpmn",
    "\x00.bpmn": ".bpmn", "漢.bpmn": "漢.bpmn",
}  # fmt: skip


def named(answer: object) -> str:
    kind, options = parse_options_header(answer.headers["Content-Disposition"])  # type: ignore[attr-defined]
    assert kind in ("attachment", "inline")
    assert answer.headers["Cache-Control"] == "no-store"  # type: ignore[attr-defined]
    return options["filename"]


@pytest.mark.parametrize(("name", "kept"), NAMES.items(), ids=range(len(NAMES)))
def test_each_download_keeps_its_name(law: Platform, as_user: Login, name: str, kept: str) -> None:
    key = start_case(law)
    with law.services.context.db.write() as unit:
        number = law.services.context.keys.next()
        row = DocumentRow(number, key, key, name, "Brief", "brief", "application/pdf", "vast", "", law.services.clock.now())
        documents.add(unit, row, b"%PDF")
    assert named(as_user("karin").get(f"/documenten/{number}")) == kept
    designer = as_user("piet")
    process = law.services.deployments.newest("process")[0].key
    content = law.services.deployments.resource_of(process)[1].replace(b"</", b" </", 1)
    actor = law.services.accounts.actor(law.services.accounts.get("piet"))
    proposal = law.services.proposals.propose([Resource(name, content)], actor)
    assert named(designer.get(f"/processen/voorstel/{proposal}/0")) == kept
    deployed = law.services.deployments.deploy([Resource(name, content)], actor)[0]
    assert named(designer.get(f"/bestand/{deployed.key}")) == kept
    assert named(designer.get(f"/bestand/{deployed.key}?tonen=1")) == kept


def test_no_page_writes_the_name_of_a_file_itself() -> None:
    for path in Path(web.__file__).parent.rglob("*.py"):
        texts = {getattr(node, "value", None) for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert path.name == "files.py" or "Content-Disposition" not in texts, path.name


@pytest.mark.parametrize(("size", "status"), [(600_000, 200), (9_900_000, 200), (13_000_000, 413)])
def test_the_modeler_takes_as_much_as_the_page_says(law: Platform, as_user: Login, size: int, status: int) -> None:
    designer = as_user("piet")
    xml = "<a>" + "x" * size + "</a>"
    address = draft(law)
    sent = f'--x\r\nContent-Disposition: form-data; name="inhoud"; filename="a.bpmn"\r\n\r\n{xml}\r\n--x--\r\n'.encode()
    answer = designer.client.post(
        address, data=sent, content_type="multipart/form-data; boundary=x", headers={"X-CSRFToken": designer.csrf}
    )
    assert answer.status_code == status
