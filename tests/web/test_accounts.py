"""Accounts: who changes what of them, what keeps, what needs two people."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from shipped import PASSWORD

from inburgering_flow.errors import Forbidden, InvalidInput
from inburgering_flow.inburgering.roles import ROLES
from inburgering_flow.model.permissions import Actor
from inburgering_flow.platform import Platform
from inburgering_flow.services.accounts import Accounts
from web.conftest import Browser

Login = Callable[[str], Browser]
BRAM, BEA = (Actor(name, ("functioneel-beheerder",), table=ROLES) for name in ("bram", "bea"))


@pytest.fixture
def accounts(law: Platform) -> Accounts:
    """The accounts as in production: two people give what reaches far, and passwords are judged."""
    service = law.services.accounts
    service.context.settings = dataclasses.replace(service.context.settings, demo=False)
    service.save("bea", display_name="Bea", password="vijver kapstok tulp", roles=("functioneel-beheerder",))
    return service


def test_nobody_changes_their_own_roles_or_closes_their_own_account(accounts: Accounts) -> None:
    for roles in (("functioneel-beheerder", "teammanager"), (), ("klantmanager",)):
        with pytest.raises(Forbidden, match="their own roles"):
            accounts.save("bram", roles=roles, actor=BRAM)
    with pytest.raises(Forbidden, match="their own account"):
        accounts.set_active("bram", False, BRAM)
    assert accounts.get("bram").roles == ("functioneel-beheerder",)
    accounts.save("bram", display_name="Bram de Vries", roles=("functioneel-beheerder",), actor=BRAM)
    assert accounts.get("bram").display_name == "Bram de Vries"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_that_reaches_far_waits_for_a_second_person(accounts: Accounts, role: str) -> None:
    given = accounts.save("nieuw", password="vijver kapstok tulp", roles=(role,), actor=BRAM)
    row = accounts.get("nieuw")
    assert row is not None
    assert given is not ROLES[role].reaches_far
    assert row.roles == (() if ROLES[role].reaches_far else (role,))
    if given:
        return
    for who in (BRAM, Actor("nieuw", ("functioneel-beheerder",), table=ROLES)):
        with pytest.raises(Forbidden, match="second person"):
            accounts.agree("nieuw", who)
    accounts.agree("nieuw", BEA)
    row = accounts.get("nieuw")
    assert row is not None
    assert (row.roles, row.asked_roles) == ((role,), ())


def test_which_roles_reach_far() -> None:
    assert {name for name, role in ROLES.items() if role.reaches_far} == {
        "teammanager", "regievoerder", "functioneel-beheerder", "procesontwerper", "auditor",
    }  # fmt: skip


def test_taking_a_role_away_and_closing_need_one_person_opening_a_wide_account_again_two(accounts: Accounts) -> None:
    accounts.save("tess", password="vijver kapstok tulp", roles=("teammanager", "klantmanager"))
    assert accounts.save("tess", roles=("teammanager",), actor=BRAM)
    accounts.set_active("tess", False, BRAM)
    assert accounts.verify("tess", "vijver kapstok tulp") is None
    accounts.set_active("tess", True, BRAM)
    row = accounts.get("tess")
    assert row is not None
    assert (row.roles, row.asked_roles) == ((), ("teammanager",))
    accounts.refuse("tess", BEA)
    assert accounts.get("tess").asked_roles == ()


def test_what_is_left_empty_stays_as_it_is(accounts: Accounts) -> None:
    before = accounts.get("karin")
    accounts.save("karin", display_name="", password="", roles=("klantmanager", "consulent"), actor=BRAM)
    after = accounts.get("karin")
    assert (after.display_name, after.password_hash) == (before.display_name, before.password_hash)
    assert after.session_epoch == before.session_epoch + 1, "sessions end: they carry the old roles"
    accounts.save("karin", display_name="Karin K.", roles=("klantmanager", "consulent"), actor=BRAM)
    assert accounts.get("karin").session_epoch == after.session_epoch
    with pytest.raises(InvalidInput, match="needs a password"):
        accounts.save("nieuw", roles=("consulent",), actor=BRAM)


@pytest.mark.parametrize(
    "password", ["kort", "password123", "qwertyuiop", "voorbeeldstad1", "wachtwoord12", "1234567890", "gerda12345", "aaaaaaaaaaaaaaaa", "x" * 1_001]
)
def test_a_password_that_is_easily_guessed_is_refused(accounts: Accounts, password: str) -> None:
    with pytest.raises(InvalidInput):
        accounts.save("gerda", password=password, roles=("consulent",))
    assert accounts.get("gerda") is None


def test_everybody_changes_their_own_password(accounts: Accounts, as_user: Login) -> None:
    browser, other = as_user("karin"), as_user("karin")
    new = {"oud": PASSWORD, "nieuw": "vijver kapstok tulp", "nogmaals": "vijver kapstok tulp"}
    assert browser.get("/wachtwoord").status_code == 200
    assert browser.post("/wachtwoord", new | {"oud": "verkeerd"}).status_code == 422
    assert browser.post("/wachtwoord", new | {"nogmaals": "iets anders"}).status_code == 422
    assert browser.post("/wachtwoord", new | {"nieuw": "kort", "nogmaals": "kort"}).status_code == 422
    assert browser.post("/wachtwoord", new).status_code == 302
    assert other.client.get("/taken").status_code == 302, "the other session has ended"
    assert accounts.verify("karin", "vijver kapstok tulp") is not None
    assert accounts.verify("karin", PASSWORD) is None


def test_accounts_are_managed_on_their_page(accounts: Accounts, as_user: Login) -> None:
    bram = as_user("bram")
    refused = bram.post("/accounts", {"username": "bram", "naam": "Bram", "rollen": ["teammanager"]})
    assert refused.status_code == 422
    assert "verander" in refused.text or "wijzig" in refused.text
    assert bram.post("/accounts", {"username": "nora", "naam": "Nora", "password": "vijver kapstok tulp",
                                   "rollen": ["teammanager"]}).status_code == 302  # fmt: skip
    assert "Gevraagd door bram" in bram.get("/accounts").text
    assert bram.post("/accounts/nora/goedkeuren").status_code == 403
    assert 'value="Nora"' in bram.get("/accounts?account=nora").text
    accounts.agree("nora", BEA)
    assert bram.post("/accounts/nora/sluiten").status_code == 302
    assert not accounts.get("nora").active
    assert bram.post("/accounts/nora/openen").status_code == 302
    assert accounts.get("nora").active
    assert bram.post("/accounts/niemand/sluiten").status_code == 404


def test_whoever_sets_a_password_does_not_get_far_reaching_roles_with_it(accounts: Accounts) -> None:
    accounts.save("tess", password="vijver kapstok tulp", roles=("teammanager", "klantmanager"))
    assert not accounts.save("tess", password="andere losse woorden", roles=("teammanager", "klantmanager"), actor=BRAM)
    row = accounts.get("tess")
    assert row is not None
    assert (row.roles, row.asked_by) == (("klantmanager",), "bram")
    accounts.agree("tess", BEA)
    assert accounts.get("tess").roles == ("teammanager", "klantmanager")
    with pytest.raises(Forbidden, match="their own password"):
        accounts.save("bram", password="andere losse woorden", roles=("functioneel-beheerder",), actor=BRAM)


def test_a_new_name_leaves_what_is_asked_as_it_is(accounts: Accounts) -> None:
    accounts.save("tess", password="vijver kapstok tulp", roles=("klantmanager",))
    accounts.save("tess", roles=("klantmanager", "teammanager"), actor=BRAM)
    accounts.save("tess", display_name="Tess T.", roles=("klantmanager",), actor=BEA)
    row = accounts.get("tess")
    assert row is not None
    assert (row.asked_roles, row.asked_by) == (("klantmanager", "teammanager"), "bram")
