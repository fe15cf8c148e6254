"""Answers are compressed for who can read that, to a size that tells nothing of what a page says twice."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest

from inburgering_flow.platform import Platform
from web.conftest import Browser, start_case

Login = Callable[[str], Browser]
LARGEST = 150_000
"""Bytes of a page with what it loads, without form and diagram."""
HEAVY = ("form.js", "diagram.js", "modeler.js", "tables.js", "form-editor.js", "text-editor.js")


def get(browser: Browser, address: str, **headers: str) -> object:
    return browser.client.get(address, headers={"Accept-Encoding": "gzip", **headers}, buffered=True)


@pytest.mark.parametrize("address", ["/", "/taken", "/zaken", "/regie", "/inzicht", "/zaken/{case}", "/zaken/{case}/tijdlijn", "/uitleg"])
def test_a_page_with_what_it_loads_is_small_and_says_the_same(law: Platform, as_user: Login, address: str) -> None:
    case, tom = start_case(law, "D-1"), as_user("tom")
    address = address.format(case=case)
    answer = get(tom, address)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    page = gzip.decompress(answer.data).decode()
    assert re.sub(r'value="[^"]+"', "", page) == re.sub(r'value="[^"]+"', "", tom.get(address).text), "but for tokens"
    loaded = {file for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', page) if not file.split("?")[0].endswith(HEAVY)}
    assert loaded
    assert len(answer.data) + sum(len(get(tom, file).data) for file in loaded) <= LARGEST


def test_nobody_measures_the_token_by_the_size_of_a_page(law: Platform, as_user: Login) -> None:
    tom = as_user("tom")
    sizes = {len(get(tom, "/taken").data) for _ in range(30)}
    assert len(sizes) > 10, sizes


def test_what_cannot_be_read_compressed_or_is_small_is_sent_as_it_is(law: Platform, as_user: Login) -> None:
    tom, case = as_user("tom"), start_case(law, "D-1")
    assert "Content-Encoding" not in tom.client.get("/taken").headers
    assert "Content-Encoding" not in tom.client.get("/taken", headers={"Accept-Encoding": "br"}).headers
    assert "Content-Encoding" not in get(tom, "/healthz").headers
    assert "Content-Encoding" not in get(tom, "/zaken/bestand.xlsx").headers, "it is compressed already"
    assert gzip.decompress(get(tom, "/zaken/bestand.csv").data) if len(get(tom, "/zaken/bestand.csv").data) >= 700 else case
    assert "Content-Encoding" not in get(tom, "/static/dist/page.js", Range="bytes=0-9").headers


def test_a_file_is_compressed_once_and_asked_for_again_only_when_it_has_changed(law: Platform, as_user: Login) -> None:
    tom = as_user("tom")
    file = re.search(r'src="(/static/dist/page\.js[^"]*)"', tom.get("/taken").text)
    assert file is not None
    first = get(tom, file[1])
    assert first.headers["Content-Encoding"] == "gzip"
    assert get(tom, file[1], **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    assert gzip.decompress(first.data) == tom.client.get(file[1], buffered=True).data
    assert first.data == get(tom, file[1]).data

