"""Asking again for more keeps what was granted (MCP 2026-07-28, authorization, step-up)."""

import pytest

from mcpserver.settings import Settings

from ..asker import Asker
from ..conftest import AddUser, SignIn


async def test_new_grant_covers_the_old_one(asker: Asker) -> None:
    first = await asker.tokens(scope="notes:read profile")
    page = await asker.ask(scope="notes:write")
    assert page.text.count("You allowed this before") == 2
    second = (await asker.redeem((await asker.decide(page)).redirect["code"])).json
    assert set(second["scope"].split()) == {"notes:read", "notes:write", "profile"}
    assert await asker.is_live(first["access_token"])
    assert (await asker.refresh(first["refresh_token"])).json["scope"] == first["scope"]


async def test_person_may_leave_out_what_they_allowed_before(asker: Asker) -> None:
    """The page is the whole truth about the new grant."""
    await asker.tokens(scope="notes:read profile")
    code = (await asker.decide(await asker.ask(scope="notes:write"), scopes=["notes:write"])).redirect["code"]
    assert (await asker.redeem(code)).json["scope"] == "notes:write"


async def test_who_asks_for_less_gets_less(asker: Asker) -> None:
    """Least privilege: another machine of the same client need not hold what the first one does."""
    await asker.tokens(scope="notes:read notes:write")
    assert (await asker.tokens(scope="notes:read offline_access"))["scope"] == "notes:read offline_access"


async def test_revoked_grant_gives_nothing(asker: Asker) -> None:
    tokens = await asker.tokens(scope="notes:read")
    await asker.token(path="/revoke", token=tokens["refresh_token"])
    assert (await asker.tokens(scope="notes:write"))["scope"] == "notes:write"


async def test_grants_of_others_give_nothing(asker: Asker, add_user: AddUser, sign_in: SignIn) -> None:
    """Neither another client's nor another person's."""
    await asker.tokens(scope="notes:read")
    mine = asker.client_id
    await asker.register(client_name="Another")
    assert (await asker.tokens(scope="notes:write"))["scope"] == "notes:write"
    asker.http.session.cookie_jar.clear()
    await add_user("bob")
    await sign_in(asker.http, "bob")
    asker.client_id = mine
    assert (await asker.tokens(scope="notes:write"))["scope"] == "notes:write"


class TestWithOpenID:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(port=0, database="sqlite://", openid=True)

    async def test_what_belongs_to_openid_follows_the_request(self, asker: Asker) -> None:
        """OpenID Connect Core sections 3.1.2.1 and 5.4: who does not ask who somebody is, is not told."""
        await asker.tokens(scope="openid profile email notes:read")
        tokens = await asker.tokens(scope="notes:write")
        assert set(tokens["scope"].split()) == {"notes:read", "notes:write"}
        assert "id_token" not in tokens
        assert set((await asker.tokens(scope="openid"))["scope"].split()) == {"openid"}
        assert set((await asker.tokens(scope="email notes:write"))["scope"].split()) == {"email", "notes:write"}
