"""The worker of Camunda's REST connector: one call of an allowed host, with secrets by name that no case ever holds.

What is called stands in the input mappings (method, url, authentication, headers, queryParameters, body), what becomes of the
answer in the headers resultVariable, resultExpression and errorExpression of the element.

Source: Camunda 8 documentation, REST connector and "Using connectors" (result and error expressions), read 2026-11-28.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from inburgering_flow import feel
from inburgering_flow.channels.http import MAX_SECONDS, Answer, CallFailed, call
from inburgering_flow.errors import FlowError, InvalidInput
from inburgering_flow.model.outbound import JOB_TYPE, Host, checked
from inburgering_flow.model.plugin import BpmnError, Job, JobFailure, JobHandler, Work
from inburgering_flow.values import dump_value, load_sent

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MASK = "•••"
NO_ANSWER = "NO_ANSWER"
"""The code of the error where there is no status."""
SECRET = re.compile(r"\{\{\s*secrets\.(\w+)\s*\}\}|\bsecrets\.(\w+)")
_OWN = frozenset(("host", "content-length", "transfer-encoding", "connection", "accept-encoding"))  # what the connection says
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass
class _Secrets:
    """Puts secrets in where the model names them, and takes them out of whatever comes back."""

    work: Work
    used: set[str]

    def fill(self, value: Any) -> Any:
        """Return a value with the secrets that its texts name; one that only data name stays as it was written."""
        if isinstance(value, str):
            return SECRET.sub(self._one, value)
        if isinstance(value, Mapping):
            return {name: self.fill(one) for name, one in value.items()}
        return [self.fill(one) for one in value] if isinstance(value, list) else value

    def _one(self, found: re.Match[str]) -> str:
        secret = self.work.secret(found[1] or found[2])
        if secret is None:
            return found[0]
        self.used.update((secret, quote(secret, safe=""), quote_plus(secret)))  # as it may come back in an address
        return secret

    def out(self, text: str) -> str:
        """Return a text without any secret that was sent."""
        for secret in sorted(self.used, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def without(self, value: Any) -> Any:
        """Return an answer without any secret that was sent."""
        if isinstance(value, str):
            return self.out(value)
        if isinstance(value, Mapping):
            return {self.out(str(name)): self.without(one) for name, one in value.items()}
        return [self.without(one) for one in value] if isinstance(value, list) else value


def handler(allowed: Sequence[Host]) -> JobHandler:
    """Return the worker of the connector for an installation that may call these hosts."""

    def work(job: Job, work: Work) -> Mapping[str, Any] | None:
        secrets = _Secrets(work, set())
        try:
            answer = _call(job, allowed, secrets)
        except CallFailed as failed:
            _judge(job, None, {"code": NO_ANSWER, "message": str(failed), "variables": {}})
            raise JobFailure(f"The call got no answer. {failed}", remedy="Retry the incident when that is mended.") from None
        response = secrets.without(_response(answer))
        refused = answer.status >= 300
        error = _error(answer, response) if refused else None
        _judge(job, response, error)
        if refused:
            followed = " It is a redirect, and none is followed." if answer.status < 400 else ""
            raise JobFailure(
                f"The host answered with status {answer.status}.{followed}",
                remedy="Mend what is asked, or say in the error expression what the process does then.",
            )
        return _results(job, response)

    return work


def apart(_job: Job, _work: Work) -> Mapping[str, Any] | None:
    """Refuse to call anything from a sandbox: what is tried there must not reach anybody."""
    raise JobFailure(
        "Nothing is sent to others while a process is tried.", remedy="Say in the scenario what is answered.", retries=0
    )


HANDLED = {JOB_TYPE: apart}
"""What the worker does in a sandbox."""


# -- what is asked -------------------------------------------------------------------------------------------------------


def _call(job: Job, allowed: Sequence[Host], secrets: _Secrets) -> Answer:
    given = job.variables
    try:
        method = str(given.get("method") or "GET").upper()
        if method not in METHODS:
            raise InvalidInput("The method of the call is not known.", remedy=f"Use one of {', '.join(METHODS)}.")
        headers, query = _signed(_context(given, "authentication"), secrets)
        headers = {**_texts(secrets.fill(_context(given, "headers")), "headers"), **headers}
        query = [*_texts(secrets.fill(_context(given, "queryParameters")), "queryParameters").items(), *query]
        target = checked(str(secrets.fill(given.get("url") or "")), allowed, query)
        body = _body(secrets.fill(given.get("body")), method, headers)
        headers.setdefault("Idempotency-Key", str(job.key))
        headers.setdefault("Accept", "application/json")
        headers["User-Agent"] = "inburgering-flow"
        headers["Host"] = target.host.shown.partition("://")[2]
        headers["Accept-Encoding"] = "identity"
        connect, whole = _seconds(given, "connectionTimeoutInSeconds"), _seconds(given, "readTimeoutInSeconds")
    except FlowError as error:
        raise JobFailure(secrets.out(error.message), remedy=error.remedy, retries=0) from None
    return call(target, method, headers, body, connect_seconds=connect, seconds=whole)


def _context(given: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = given.get(name)
    if value is None or value == "":
        return {}
    if not isinstance(value, Mapping):
        raise InvalidInput(f"'{name}' is not a context.", remedy='Write it like ={"name": "value"}.')
    return value


def _texts(values: Mapping[str, Any], what: str) -> dict[str, str]:
    """Return headers or parameters as texts; those without a value are left out."""
    found = {}
    for name, value in values.items():
        if value is None:
            continue
        text = value if isinstance(value, str) else dump_value(value)
        is_plain = _TOKEN.fullmatch(name) and text.isprintable() and text.isascii()
        if what == "headers" and (not is_plain or name.lower() in _OWN):
            raise InvalidInput(f"The header '{name}' cannot be sent.", remedy="Give it a name and a value of plain characters.")
        found[name] = text
    return found


def _signed(given: Mapping[str, Any], secrets: _Secrets) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return the headers and parameters that say who calls."""
    kind = given.get("type") or "noAuth"
    filled = {name: str(secrets.fill(value) or "") for name, value in given.items()}
    match kind:
        case "noAuth":
            return {}, []
        case "basic":
            pair = f"{filled.get('username', '')}:{filled.get('password', '')}"
            word = base64.b64encode(pair.encode()).decode()
            secrets.used.add(word)
            return _texts({"Authorization": f"Basic {word}"}, "headers"), []
        case "bearer":
            return _texts({"Authorization": f"Bearer {filled.get('token', '')}"}, "headers"), []
        case "apiKey":
            one = {filled.get("name", ""): filled.get("value", "")}
            if filled.get("apiKeyLocation", "headers") == "query":
                return {}, list(one.items())
            return _texts(one, "headers"), []
        case _:
            raise InvalidInput("This kind of authentication is not known.", remedy="Use noAuth, basic, bearer or apiKey.")


def _body(value: Any, method: str, headers: dict[str, str]) -> bytes | None:
    if value is None or method == "GET":
        return None
    if not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "text/plain; charset=utf-8" if isinstance(value, str) else "application/json"
    return value.encode() if isinstance(value, str) else dump_value(value).encode()


def _seconds(given: Mapping[str, Any], name: str) -> float:
    try:
        found = float(given.get(name) or 20)
    except (TypeError, ValueError):
        raise InvalidInput(f"'{name}' is not a number of seconds.", remedy="Write it like 20.") from None
    if not 0 < found <= MAX_SECONDS:
        raise InvalidInput(f"'{name}' is not between 0 and {MAX_SECONDS:g} seconds.", remedy="Write it like 20.")
    return found


# -- what is answered ----------------------------------------------------------------------------------------------------


def _response(answer: Answer) -> dict[str, Any]:
    """Return an answer as expressions see it: status, headers, and the body: JSON as values, any other text as it is."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    body: Any = None
    if answer.body:
        try:
            text = answer.body.decode()
            body = load_sent(text) if kind == "application/json" or kind.endswith("+json") else text.replace("\0", "")
        except ValueError:
            raise JobFailure(
                "The answer is not the JSON or text that it says it is.", remedy="Ask whoever runs the host what it answers."
            ) from None
    return {"status": answer.status, "headers": dict(answer.headers), "body": body}


def _error(answer: Answer, response: Mapping[str, Any]) -> dict[str, Any]:
    return {"code": str(answer.status), "message": f"Status {answer.status}", "variables": {"response": response}}


def _judge(job: Job, response: Mapping[str, Any] | None, error: Mapping[str, Any] | None) -> None:
    """Raise what the error expression makes of an answer: a BPMN error, or a failure of the job."""
    text = job.headers.get("errorExpression", "").strip().removeprefix("=").strip()
    if not text:
        return
    made = _value(text, job, {"response": response, "error": error}, {"bpmnError": _bpmn_error, "jobError": _job_error})
    if not isinstance(made, Mapping):
        return
    variables = made.get("variables") or {}
    if made.get("errorType") == "bpmnError":
        raise BpmnError(str(made.get("code") or ""), str(made.get("message") or ""), variables)
    if made.get("errorType") == "jobError":
        retries = made.get("retries")
        raise JobFailure(
            str(made.get("message") or "The error expression calls this a failure."),
            retries=None if retries is None else int(retries), backoff=str(made.get("retryBackoff") or ""),
        )  # fmt: skip


def _bpmn_error(code: Any, message: Any = None, variables: Any = None) -> dict[str, Any]:
    return {"errorType": "bpmnError", "code": code, "message": message, "variables": variables}


def _job_error(message: Any, variables: Any = None, retries: Any = None, retry_backoff: Any = None) -> dict[str, Any]:
    backoff = None if retry_backoff is None else str(retry_backoff)
    return {"errorType": "jobError", "message": message, "variables": variables, "retries": retries, "retryBackoff": backoff}


def _results(job: Job, response: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the answer gives the case: all of it under resultVariable, what resultExpression takes of it besides."""
    name = job.headers.get("resultVariable", "").strip()
    found: dict[str, Any] = {name: response} if name else {}
    text = job.headers.get("resultExpression", "").strip().removeprefix("=").strip()
    if text:
        made = _value(text, job, {"response": response}, {})
        if made is not None and not isinstance(made, Mapping):
            raise JobFailure(
                "The result expression gives no context.", remedy="Write it like ={name: response.body.name}.", retries=0
            )
        found |= made or {}
    return found


def _value(text: str, job: Job, known: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]]) -> Any:
    try:
        return feel.to_plain(feel.evaluate(text, {**job.variables, **known}, functions=functions))
    except FlowError as error:
        raise JobFailure(
            f"An expression over the answer cannot be computed. {error.message}", remedy="Correct the expression.", retries=0
        ) from None
