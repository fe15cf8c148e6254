"""The REST worker against a real server: what is sent, what comes of the answer, and what never leaves or stays."""

from __future__ import annotations

import json
import logging
import shutil
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from outside import Server, answering

from inburgering_flow.channels import http
from inburgering_flow.clock import ManualClock
from inburgering_flow.platform import Platform
from inburgering_flow.services.resources import resource
from inburgering_flow.settings import Settings, read, secret_names
from inburgering_flow.workbench.sandbox import Sandbox

SENTINEL = "zeer-geheim-7f3a"


@pytest.fixture
def server() -> Iterator[Server]:
    with answering() as running:
        yield running


Opened = Callable[[str], Platform]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it; each test works on a copy."""
    file = tmp_path_factory.mktemp("empty") / "flow.db"
    Platform.open(f"sqlite:///{file}", settings_=Settings(secret="only for tests"), plugins=[]).close()
    return file


@pytest.fixture
def opened(tmp_path: Path, empty: Path) -> Iterator[Opened]:
    platforms: list[Platform] = []
    shutil.copy(empty, tmp_path / "flow.db")

    def open_platform(hosts: str) -> Platform:
        settings = Settings(secret="only for tests", http_hosts=hosts, synchronous="OFF", secrets_folder=str(tmp_path / "geheim"))
        platforms.append(
            Platform.open(
                f"sqlite:///{tmp_path}/flow.db", clock=ManualClock("2026-01-05T09:00:00+01:00"), settings_=settings, plugins=[]
            )
        )
        return platforms[-1]

    yield open_platform
    for platform in platforms:
        platform.close()


@pytest.fixture
def platform(opened: Opened, server: Server) -> Platform:
    return opened(f"private:http://{server.host}")


def drawn(inputs: dict[str, str], headers: dict[str, str], *, retries: int = 1) -> str:
    quoted = lambda text: text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")  # noqa: E731
    mapped = "".join(f'<zeebe:input source="{quoted(s)}" target="{t}"/>' for t, s in inputs.items())
    headed = "".join(f'<zeebe:header key="{k}" value="{quoted(v)}"/>' for k, v in headers.items())
    return f"""<?xml version="1.0"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" id="d" targetNamespace="x">
  <error id="fout" errorCode="onbekend"/>
  <process id="vraag" isExecutable="true">
    <startEvent id="begin"/><sequenceFlow id="f1" sourceRef="begin" targetRef="stap"/>
    <serviceTask id="stap"><extensionElements>
      <zeebe:taskDefinition type="io.camunda:http-json:1" retries="{retries}"/>
      <zeebe:ioMapping>{mapped}</zeebe:ioMapping>
      <zeebe:taskHeaders>{headed}</zeebe:taskHeaders>
    </extensionElements></serviceTask>
    <boundaryEvent id="mis" attachedToRef="stap"><errorEventDefinition errorRef="fout"/></boundaryEvent>
    <sequenceFlow id="f2" sourceRef="stap" targetRef="klaar"/><endEvent id="klaar"/>
    <sequenceFlow id="f3" sourceRef="mis" targetRef="anders"/><endEvent id="anders"/>
  </process>
</definitions>"""


def played(
    platform: Platform, inputs: dict[str, str], headers: dict[str, str] | None = None, *,
    variables: dict[str, Any] | None = None, retries: int = 1,
) -> Any:  # fmt: skip
    """Deploy, run and return the instance."""
    platform.deploy_content("vraag.bpmn", drawn(inputs, headers or {}, retries=retries))
    key = platform.start("vraag", variables or {})
    platform.run_due()
    return platform.instance(key)


def incident(instance: Any) -> str:
    assert instance.state == "ACTIVE"
    [one] = [i for i in instance.incidents if i.state == "ACTIVE"]
    return str(one.error_message)


def url(server: Server, path: str) -> str:
    return f"http://{server.host}{path}"


def test_a_call_asks_what_is_drawn_and_keeps_what_the_expression_takes(platform: Platform, server: Server) -> None:
    done = played(
        platform,
        {"method": "post", "url": f'="{url(server, "/uren")}"', "headers": '={"X-Een": "a"}', "queryParameters": '={nummer: dossier, leeg: null}',
         "body": "={dossier: dossier, aantal: 2}"},
        {"resultVariable": "antwoord", "resultExpression": "={uren: response.body.uren, stand: response.status}"},
        variables={"dossier": "D 1&2"},
    )  # fmt: skip
    assert done.state == "COMPLETED", done.incidents
    [asked] = server.asked
    assert (asked["method"], asked["path"]) == ("POST", "/uren?nummer=D+1%262")
    assert json.loads(asked["body"]) == {"dossier": "D 1&2", "aantal": 2}
    assert asked["headers"]["x-een"] == "a"
    assert asked["headers"]["content-type"] == "application/json"
    assert asked["headers"]["idempotency-key"].isdigit()
    assert (str(done.variables["uren"]), done.variables["stand"]) == ("12.5", 200)
    assert done.variables["antwoord"]["headers"]["content-type"] == "application/json"


def test_a_retry_sends_the_same_idempotency_key(platform: Platform, server: Server) -> None:
    stuck = played(platform, {"method": "POST", "url": url(server, "/503")}, retries=2)
    assert "The host answered with status 503." in incident(stuck)
    first, second = server.asked
    assert first["headers"]["idempotency-key"] == second["headers"]["idempotency-key"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"type": "basic", "username": "inburgering", "password": "{{secrets.PROEF}}"}, "Basic aW5idXJnZXJpbmc6emVlci1nZWhlaW0tN2YzYQ=="),
        ({"type": "bearer", "token": "{{ secrets.PROEF }}"}, f"Bearer {SENTINEL}"),
        ({"type": "bearer", "token": "secrets.PROEF"}, f"Bearer {SENTINEL}"),
        ({"type": "apiKey", "name": "X-Sleutel", "value": "{{secrets.PROEF}}", "apiKeyLocation": "headers"}, SENTINEL),
        ({"type": "apiKey", "name": "sleutel", "value": "{{secrets.PROEF}}", "apiKeyLocation": "query"}, f"/x?sleutel={SENTINEL}"),
    ],
)
def test_a_secret_reaches_the_host_and_nothing_else(
    given: dict[str, str], shown: str, platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setenv("INBURGERING_FLOW_SECRET_PROEF", SENTINEL)
    caplog.set_level(logging.DEBUG)
    inputs = {"url": url(server, "/x")} | {f"authentication.{name}": value for name, value in given.items()}
    done = played(platform, inputs, {"resultVariable": "antwoord"})
    assert done.state == "COMPLETED", done.incidents
    asked = server.asked[0]
    assert shown in (asked["path"], *asked["headers"].values())
    stuck = played(platform, inputs | {"url": url(server, "/500")}, {"errorExpression": '=jobError("mis: " + string(response))'})
    assert "mis:" in incident(stuck)
    everything = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file()).decode(errors="replace")
    for form in (SENTINEL, shown.removeprefix("Basic ")):
        assert form not in everything + caplog.text + repr(done) + incident(stuck)
    assert "•••" in everything, "the server told what it was sent"


def test_text_of_a_case_never_becomes_a_secret(platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_SECRET_PROEF", SENTINEL)
    played(platform, {"method": "POST", "url": url(server, "/x"), "body": "=opmerking"}, variables={"opmerking": "{{secrets.PROEF}}"})
    assert server.asked[0]["body"] == "{{secrets.PROEF}}"


def test_secrets_come_from_the_environment_or_a_folder_and_only_names_are_told(
    platform: Platform, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_SECRET_EEN", "a")
    (tmp_path / "geheim").mkdir()
    (tmp_path / "geheim" / "TWEE").write_text("uit-een-map\n")
    assert secret_names(platform.context.settings) == ["EEN", "TWEE"]
    assert read({"INBURGERING_FLOW_SECRET_EEN": "a"}) == Settings()
    played(platform, {"url": url(server, "/x"), "authentication.type": "bearer", "authentication.token": "{{secrets.TWEE}}"})
    assert server.asked[0]["headers"]["authorization"] == "Bearer uit-een-map"
    missing = played(platform, {"url": url(server, "/x"), "authentication.type": "bearer", "authentication.token": "{{secrets.DRIE}}"})
    assert "There is no secret 'DRIE'." in incident(missing)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/huge", "The answer is larger than 1,000,000 bytes."), ("/moved", "status 302. It is a redirect, and none is followed."),
        ("/404", "The host answered with status 404."), ("/500", "The host answered with status 500."),
        ("/broken", "The answer is not the JSON or text that it says it is."),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_an_incident_that_says_why(platform: Platform, server: Server, path: str, said: str) -> None:
    assert said in incident(played(platform, {"url": url(server, path)}))
    assert [a["path"] for a in server.asked] == [path], "no redirect is followed"


def test_an_answer_that_goes_on_for_ever_is_ended(platform: Platform, server: Server) -> None:
    begun = time.monotonic()
    stuck = played(platform, {"url": url(server, "/slow"), "readTimeoutInSeconds": "1"})
    assert "No whole answer came within 1 seconds." in incident(stuck)
    assert time.monotonic() - begun < 30, "it was read to its end, which takes a minute"


def test_text_stays_text(platform: Platform, server: Server) -> None:
    assert played(platform, {"url": url(server, "/text")}, {"resultExpression": "={t: response.body}"}).variables["t"] == "gewone tekst"


def test_the_error_expression_makes_a_bpmn_error_or_a_failure_with_its_own_retries(platform: Platform, server: Server) -> None:
    error = {"errorExpression": '=if error.code = "404" then bpmnError("onbekend", "Niet gevonden", {reden: response.body.reden}) else null'}
    done = played(platform, {"url": url(server, "/404")}, error)
    assert (done.state, done.variables["reden"]) == ("COMPLETED", "zo is het")
    assert [e.element_id for e in done.elements][-1] == "anders"
    stuck = played(platform, {"url": url(server, "/text")}, {"errorExpression": '=jobError("Geen tekst graag", {}, 0)'}, retries=5)
    assert "Geen tekst graag" in incident(stuck)


def test_the_error_expression_is_asked_too_where_no_answer_came(opened: Opened, server: Server) -> None:
    server.server_close()  # nobody listens any more
    error = {"errorExpression": '=if error.code = "NO_ANSWER" then bpmnError("onbekend", error.message) else null', "retryBackoff": ""}
    done = played(opened(f"private:http://{server.host}"), {"url": url(server, "/x")}, error)
    assert (done.state, [e.element_id for e in done.elements][-1]) == ("COMPLETED", "anders")


def refused(opened: Opened, server: Server, hosts: str, asked: str) -> str:
    said = incident(played(opened(hosts), {"url": asked.replace("HOST", server.host)}, retries=3))
    assert server.asked == []
    return said


@pytest.mark.parametrize(
    ("hosts", "asked"),
    [
        ("", "http://HOST/x"), ("private:https://HOST", "http://HOST/x"), ("private:http://127.0.0.1:9", "http://HOST/x"),
        ("private:http://HOST", "http://localhost.HOST/x"), ("private:http://HOST", "http://2130706433/x"), ("private:http://HOST", "http://[::1]/x"),
    ],
)  # fmt: skip
def test_only_what_the_setting_lists_is_called(opened: Opened, server: Server, hosts: str, asked: str) -> None:
    said = refused(opened, server, hosts.replace("HOST", server.host), asked)
    assert "is not among the hosts that may be called." in said
    assert "HTTP_HOSTS" in said


@pytest.mark.parametrize("asked", ["file:///etc/passwd", "http://a:b@HOST/x", "http://HOST\\@elders/", "//HOST/x", "nergens", "http://HOST /x"])
def test_what_is_no_plain_address_is_refused(opened: Opened, server: Server, asked: str) -> None:
    said = refused(opened, server, f"private:http://{server.host}", asked)
    assert "address" in said


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_host_inside_the_own_network_needs_the_word_private(opened: Opened, server: Server, name: str) -> None:
    port = server.server_address[1]
    assert "inside the own network" in refused(opened, server, f"http://{name}:{port}", f"http://{name}:{port}/x")


def test_the_address_that_was_looked_at_is_the_one_that_is_called(
    opened: Opened, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name whose second answer is another address (DNS rebinding) gets no second question."""
    answers = iter([[(2, 1, 6, "", (server.host.split(":")[0], server.server_address[1]))]])
    monkeypatch.setattr(http.socket, "getaddrinfo", _once(answers, http.socket.getaddrinfo))
    platform = opened(f"private:http://api.example.nl:{server.server_address[1]}")
    done = played(platform, {"url": f"http://api.example.nl:{server.server_address[1]}/x"})
    assert done.state == "COMPLETED", done.incidents
    assert server.asked[0]["headers"]["host"] == f"api.example.nl:{server.server_address[1]}"


def _once(answers: Iterator[Any], real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda host, *rest, **named: next(answers) if host == "api.example.nl" else real(host, *rest, **named)


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "key.pem").write_bytes(pem)
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.parametrize(("named", "trusted", "works"), [("localhost", True, True), ("localhost", False, False), ("elders.example", True, False)])
def test_a_certificate_has_to_be_known_and_of_the_host(
    named: str, trusted: bool, works: bool, opened: Opened, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    public, private = certificate(tmp_path, named)
    secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secure.load_cert_chain(public, private)
    server.socket = secure.wrap_socket(server.socket, server_side=True)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(public))
    port = server.server_address[1]
    found = played(opened(f"private:localhost:{port}"), {"url": f"https://localhost:{port}/x"})
    if works:
        assert found.state == "COMPLETED", found.incidents
    else:
        assert "The certificate of the host is not valid" in incident(found)
        assert server.asked == []


def test_settings_that_name_no_host_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="HTTP_HOSTS has 'api/x', which is no host"):
        Platform.open(f"sqlite:///{tmp_path}/x.db", settings_=replace(Settings(secret="x"), http_hosts="api/x"), plugins=[])


def test_a_sandbox_calls_nobody(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBURGERING_FLOW_HTTP_HOSTS", f"private:http://{server.host}")
    with Sandbox.open([resource("vraag.bpmn", drawn({"url": url(server, "/x")}, {}))], plugins=[]) as sandbox:
        platform = sandbox.fresh(datetime(2026, 1, 5, 9, tzinfo=UTC))
        key = platform.start("vraag", {})
        platform.run_due()
        assert "Nothing is sent to others while a process is tried." in incident(platform.instance(key))
    assert server.asked == []
