"""Addresses inside the own network are told from those of the open internet, however they are written."""

from __future__ import annotations

import pytest

from inburgering_flow.model.outbound import checked, hosts, is_inside


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "::", "fe80::1%eth0",
     "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "ff02::1", "255.255.255.255"],
)  # fmt: skip
def test_addresses_of_the_own_network(address: str) -> None:
    assert is_inside(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2a01:7c8::1", "8.8.8.8"])
def test_addresses_of_the_open_internet(address: str) -> None:
    assert not is_inside(address)


def test_what_is_asked_of_an_allowed_host_goes_along_and_nothing_more() -> None:
    target = checked("HTTPS://API.Example.nl/a/é?x=1#stuk", hosts("api.example.nl"), [("y", "a b")])
    assert (target.host.shown, target.path) == ("https://api.example.nl", "/a/%C3%A9?x=1&y=a+b")
