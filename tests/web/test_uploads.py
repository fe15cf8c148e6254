"""Files that people put into a case: what they may be, their versions, how they are shown, and what a virus scanner says."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from services.test_file_kinds import PDF, PNG, packed
from sqlalchemy import select

from inburgering_flow.errors import Busy, Forbidden, InvalidInput, NotFound
from inburgering_flow.forms import Upload
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import SYSTEM, Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services import documents, uploads
from inburgering_flow.store import tables as t
from web.conftest import Browser, said, start_case

Login = Callable[[str], Browser]
KARIN = Actor("karin", ("klantmanager",), table=ROLES)
VIRUS = b"dit is een besmet bestand"


def put(law: Platform, key: int, name: str, content: bytes, actor: Actor = KARIN, **more: object) -> int:
    return law.services.documents.add(key, Upload(name, "application/x-wat-de-browser-zegt", content), actor, **more)


def rows(law: Platform) -> list[tuple[str, str, str | None]]:
    with law.context.db.read() as unit:
        c = t.document.c
        return [tuple(row) for row in unit.connection.execute(select(c.name, c.media_type, c.added_by).order_by(c.key))]


def test_what_may_not_be_in_a_case_is_refused_with_the_reason(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    before = rows(law)
    for name, content in (("foto.pdf", PNG), ("virus.exe", b"MZ\x90\0" + b"\0" * 60)):
        assert karin.post(f"/zaken/{key}/documenten", {"bestand": (io.BytesIO(content), name)}).status_code == 302
        assert "Het bestand is niet bewaard." in said(karin.get(f"/zaken/{key}/documenten").text)
    assert rows(law) == before
    put(law, key, "scan.png", PNG)
    assert rows(law)[-1] == ("scan.png", "image/png", "karin"), "not what the browser said"


def test_the_same_name_is_a_new_version_and_both_stay(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    for n, content in enumerate((PDF, PDF + b"nieuwer")):
        karin.post(f"/zaken/{key}/documenten", {"bestand": (io.BytesIO(content), "Paspoort.pdf" if n else "paspoort.pdf"), "eenmalig": str(n)})
    karin.post(f"/zaken/{key}/documenten", {"bestand": (io.BytesIO(PDF + b"nieuwer"), "Paspoort.pdf"), "eenmalig": "1"})  # again

    [both] = [v for v in documents.versions_of(law.services.documents.of_case(key)) if v.newest.added_by]
    assert (both.number, both.newest.name, [row.name for row in both.earlier]) == (2, "Paspoort.pdf", ["paspoort.pdf"])
    assert karin.get(f"/documenten/{both.earlier[0].key}").data == PDF
    page = said(karin.get(f"/zaken/{key}/documenten").text)
    assert "Versie 2; eerdere versies" in page
    assert "karin zette een document in de zaak: Paspoort.pdf" in said(karin.get(f"/zaken/{key}/tijdlijn?soort=documenten").text)


def test_two_letters_of_one_name_are_two_letters(law: Platform) -> None:
    key = start_case(law)
    row = documents.DocumentRow(1, key, key, "brief.pdf", "Brief", "brief", "application/pdf", "vast", "", law.clock.now())
    assert [v.number for v in documents.versions_of([row, replace(row, key=2)])] == [1, 1]


def test_what_is_shown_is_cut_off_from_everything_and_the_rest_is_only_downloaded(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    shown = put(law, key, "scan.png", PNG)
    kept = put(law, key, "verslag.docx", packed(word__document_xml=b"<w/>"))
    text = put(law, key, "script.txt", b"<script>alert(1)</script>")

    answer = karin.get(f"/documenten/{shown}/bekijken")
    assert (answer.mimetype, answer.headers["Content-Disposition"].split(";")[0]) == ("image/png", "inline")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert {"sandbox", "default-src 'none'", "form-action 'none'"} <= set(policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert karin.get(f"/documenten/{text}/bekijken").mimetype == "text/plain"
    paper = karin.get(f"/documenten/{put(law, key, 'brief.pdf', PDF)}/bekijken").headers["Content-Security-Policy"].split("; ")
    assert ("default-src 'none'" in paper, "sandbox" in paper) == (True, False)
    refused = karin.get(f"/documenten/{kept}/bekijken")
    assert refused.status_code == 400
    for one in (shown, kept, text):
        assert karin.get(f"/documenten/{one}").headers["Content-Disposition"].startswith("attachment")


def test_a_letter_that_says_it_is_a_picture_is_shown_as_what_it_is_or_not_at_all(law: Platform, as_user: Login) -> None:
    """Files that came with a form have the type that the browser said."""
    key, karin = start_case(law), as_user("karin")
    with law.services.context.db.write() as unit:
        number = law.services.context.keys.next()
        row = documents.DocumentRow(number, key, key, "x.png", "x.png", "bijlage", "image/png", "vast", "", law.clock.now())
        documents.documents.add(unit, row, b"<html><script>alert(1)</script>\0")
    assert karin.get(f"/documenten/{number}/bekijken").status_code == 400


def test_a_file_put_at_a_task_belongs_to_its_part_of_the_case(law: Platform, as_user: Login) -> None:
    key, karin = start_case(law), as_user("karin")
    task = next(x for x in law.tasks(state="CREATED") if x.root_key == key)
    karin.post(f"/taken/{task.key}/document", {"bestand": (io.BytesIO(PDF), "bij-taak.pdf")})
    [row] = [d for d in law.services.documents.of_case(key) if d.added_by == "karin"]
    assert (row.instance_key, row.task_key) == (task.instance_key, task.key)
    assert "bij-taak.pdf" in karin.get(f"/taken/{task.key}").text
    for outsider in (Actor("dirk", ("auditor",), table=ROLES), Actor("carla", ("coa-medewerker",), location="Elders", table=ROLES)):
        with pytest.raises((Forbidden, NotFound)):
            put(law, key, "x.pdf", PDF, outsider)


def test_a_case_that_has_ended_or_is_full_takes_no_file(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    key = start_case(law)
    monkeypatch.setattr(documents, "MOST_ADDED", 1)
    put(law, key, "a.pdf", PDF)
    with pytest.raises(documents.Conflict):
        put(law, key, "b.pdf", PDF)
    other = start_case(law, "D-2")
    law.cancel(other)
    law.run_due()
    with pytest.raises(documents.Conflict):
        put(law, other, "a.pdf", PDF, SYSTEM)


# -- the virus scanner ---------------------------------------------------------------------------------------------------


@contextmanager
def scanner(answer: Callable[[bytes], bytes]) -> Iterator[str]:
    """A daemon that speaks ClamAV's INSTREAM and answers what ``answer`` makes of the content."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _address = listening.accept()
                except OSError:
                    return
                with connection, connection.makefile("rb") as sent:
                    assert sent.read(10) == b"zINSTREAM\0"
                    content = bytearray()
                    while size := struct.unpack("!I", sent.read(4))[0]:
                        content += sent.read(size)
                    connection.sendall(answer(bytes(content)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def with_scanner(law: Platform, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(law.services.context, "settings", replace(law.context.settings, virus_scanner=address))


def judged(content: bytes) -> bytes:
    return b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if VIRUS in content else b"stream: OK\0"


def test_the_scanner_lets_a_file_in_or_says_what_is_in_it(law: Platform, as_user: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    key, karin = start_case(law), as_user("karin")
    before = rows(law)
    with scanner(judged) as address:
        with_scanner(law, monkeypatch, address)
        with pytest.raises(InvalidInput, match="EICAR"):
            put(law, key, "a.pdf", PDF + b"x" * 300_000 + VIRUS)
        assert rows(law) == before
        karin.post(f"/zaken/{key}/documenten", {"bestand": (io.BytesIO(PDF + VIRUS), "a.pdf")})
        assert "De virusscanner vond iets in ‘a.pdf’" in karin.get(f"/zaken/{key}/documenten").text
        put(law, key, "a.pdf", PDF)
    assert len(rows(law)) == len(before) + 1


@pytest.mark.parametrize("said_so", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"onzin\0", b"stream: OK, of toch niet\0"])
def test_while_the_scanner_says_nothing_clear_no_file_is_let_in(law: Platform, monkeypatch: pytest.MonkeyPatch, said_so: bytes) -> None:
    key = start_case(law)
    before = rows(law)
    with scanner(lambda _content: said_so) as address:
        with_scanner(law, monkeypatch, address)
        with pytest.raises(Busy):
            put(law, key, "a.pdf", PDF)
    with pytest.raises(Busy):  # now nobody listens there
        put(law, key, "a.pdf", PDF)
    assert rows(law) == before


def test_files_that_answer_a_form_are_looked_at_too(law: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    start_case(law)
    task = next(x for x in law.tasks(state="CREATED"))
    answers = {"afspraakDatum": "2026-03-10", "afspraakPlaats": "Stadhuis"}
    with scanner(judged) as address:
        with_scanner(law, monkeypatch, address)
        with pytest.raises(InvalidInput, match="EICAR"):
            law.services.user_tasks.complete(task.key, answers, user="karin", files={"bijlage": [Upload("a.pdf", "", VIRUS)]})
    assert next(x.state for x in law.tasks() if x.key == task.key) == "CREATED"


@pytest.mark.parametrize("address", ["clamd:3310", "tcp://host", "http://host:1", "tcp://host:1/pad", "unix:clamd.ctl"])
def test_a_setting_that_names_no_scanner_is_refused_at_the_start(law: Platform, address: str) -> None:
    with pytest.raises(InvalidInput, match="VIRUS_SCANNER"):
        uploads.scanner_of(replace(law.context.settings, virus_scanner=address))
