"""The memory of verified tokens: bounded, forgetful on demand, and never longer than the token lives."""

from mcpserver.oauth.resource.token_cache import KnownToken, KnownTokens
from mcpserver.principal import User

from ..clock import Clock

NOW = 1_790_000_000


def known(grant_id: str = "g1", *, expires_at: int = NOW + 3600) -> KnownToken:
    return KnownToken(User("u1", "ada", "Ada", None, frozenset({"notes:read"}), "c1", grant_id), expires_at)


def remember(tokens: KnownTokens, token: str, value: KnownToken) -> None:
    tokens.remember(token, value, forgettings=tokens.forgettings)


def test_a_remembered_token_is_found_until_it_expires() -> None:
    """RFC 7519 section 4.1.4: on or after ``exp`` a token must not be accepted."""
    clock = Clock(NOW - 60)
    tokens = KnownTokens(10, clock.sources())
    remember(tokens, "t1", known(expires_at=NOW))
    clock.now = NOW - 1
    assert tokens.find("t1") == known(expires_at=NOW)
    clock.now = NOW
    assert tokens.find("t1") is None
    assert len(tokens) == 0


def test_an_expired_token_does_not_come_back_when_the_clock_is_set_back() -> None:
    clock = Clock(NOW - 60)
    tokens = KnownTokens(10, clock.sources())
    remember(tokens, "t1", known(expires_at=NOW))
    clock.now = NOW
    assert tokens.find("t1") is None
    clock.now -= 1
    assert tokens.find("t1") is None


def test_a_token_does_not_live_longer_when_the_clock_is_set_back_meanwhile() -> None:
    clock = Clock(NOW - 60)
    tokens = KnownTokens(10, clock.sources())
    remember(tokens, "t1", known(expires_at=NOW))
    clock.step(-3600)
    clock.now += 59
    assert tokens.find("t1") is not None
    clock.now += 1
    assert tokens.find("t1") is None


def test_another_token_is_not_known() -> None:
    tokens = KnownTokens(10, Clock().sources())
    remember(tokens, "t1", known())
    assert tokens.find("t2") is None


def test_forgetting_a_grant_forgets_all_its_tokens_and_no_others() -> None:
    tokens = KnownTokens(10, Clock().sources())
    for token, grant_id in (("t1", "g1"), ("t2", "g1"), ("t3", "g2")):
        remember(tokens, token, known(grant_id))
    tokens.forget("g1")
    assert [tokens.find(token) is not None for token in ("t1", "t2", "t3")] == [False, False, True]


def test_forgetting_an_unknown_grant_changes_nothing() -> None:
    tokens = KnownTokens(10, Clock().sources())
    remember(tokens, "t1", known())
    tokens.forget("another")
    assert tokens.find("t1") is not None


def test_what_was_read_before_a_forgetting_is_not_remembered_after_it() -> None:
    tokens = KnownTokens(10, Clock().sources())
    read_at = tokens.forgettings
    tokens.forget("g1")
    tokens.remember("t1", known(), forgettings=read_at)
    assert tokens.find("t1") is None


def test_the_least_recently_used_token_makes_room() -> None:
    tokens = KnownTokens(2, Clock().sources())
    remember(tokens, "t1", known("g1"))
    remember(tokens, "t2", known("g2"))
    tokens.find("t1")
    remember(tokens, "t3", known("g3"))
    assert [tokens.find(token) is not None for token in ("t1", "t2", "t3")] == [True, False, True]


def test_a_token_that_made_room_is_not_stumbled_over_when_its_grant_is_forgotten() -> None:
    tokens = KnownTokens(1, Clock().sources())
    remember(tokens, "t1", known("g1"))
    remember(tokens, "t2", known("g1"))
    tokens.forget("g1")
    assert len(tokens) == 0


def test_remembering_a_token_twice_keeps_it_once() -> None:
    tokens = KnownTokens(10, Clock().sources())
    remember(tokens, "t1", known())
    remember(tokens, "t1", known())
    assert len(tokens) == 1
    tokens.forget("g1")
    assert len(tokens) == 0
