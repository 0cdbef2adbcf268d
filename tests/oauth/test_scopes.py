"""Scopes (OAuth 2.1 section 1.4.1)."""

import pytest

from mcpserver.oauth.protocol.errors import InvalidScope
from mcpserver.oauth.protocol.scopes import Scope, ScopeCatalog
from mcpserver.principal import Later, User, covers

CATALOG = ScopeCatalog(
    [Scope("profile", "know your name"), Scope("read", "read"), Scope("write", "write", default=False)]
)


@pytest.mark.parametrize("asked", [None, "", "  "])
def test_who_names_no_scope_gets_the_default(asked: str | None) -> None:
    assert CATALOG.require(asked) == "profile read"


def test_same_set_is_the_same_string() -> None:
    assert CATALOG.require("write read write") == CATALOG.require("read write") == "read write"


def test_offline_access_alone_comes_with_the_default() -> None:
    """MCP 2026-07-28, authorization, refresh tokens: clients add it to what they ask for, which may be nothing."""
    assert CATALOG.require("offline_access") == "profile read offline_access"
    assert CATALOG.require("write offline_access") == "write offline_access"


def test_client_gets_no_more_than_it_may_ask() -> None:
    assert CATALOG.require("read write", allowed="read") == "read"
    assert CATALOG.require(None, allowed="read write") == "read"
    assert CATALOG.require("offline_access", allowed="read") == "read"
    with pytest.raises(InvalidScope, match="None of the requested scopes"):
        CATALOG.require("write", allowed="read")


def test_what_is_for_later_is_no_default_and_can_be_asked_for() -> None:
    """MCP security best practices: scope minimization."""
    catalog = ScopeCatalog.of({"read": "read", "delete": Later("delete")})
    assert catalog.require(None) == "profile read"
    assert catalog.require("delete") == "delete"
    assert [scope.name for scope in catalog if scope.initial] == ["profile", "read"]


@pytest.mark.parametrize("asked", ["read  write", " read", "read\twrite", 'say"so', "back\\slash", "é", "read\0"])
def test_malformed_scope_is_refused(asked: str) -> None:
    with pytest.raises(InvalidScope, match="malformed"):
        CATALOG.require(asked)


def test_unknown_scope_is_refused_by_name() -> None:
    with pytest.raises(InvalidScope) as refusal:
        CATALOG.require("read admin")
    assert "admin" in refusal.value.description
    assert "profile, read, write, offline_access" in refusal.value.description


def test_resource_does_not_know_offline_access() -> None:
    """MCP 2026-07-28, authorization, refresh tokens: servers do not list it."""
    assert [scope.name for scope in CATALOG] == ["profile", "read", "write"]
    assert CATALOG.names == ("profile", "read", "write", "offline_access")


WIDE = ScopeCatalog.of(
    {"notes:*": "Do anything with your notes", "notes:read": "Read your notes", "files:read": "Read your files"}
)


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        ("notes:read", True),
        ("notes:*", True),
        ("notes:a:b", True),
        ("notes", False),
        ("notesx:read", False),
        ("files:read", False),
    ],
)
def test_wildcard_covers_what_begins_like_it(scope: str, covered: bool) -> None:
    """MCP 2026-07-28, authorization, step-up: a broader scope implies narrower ones."""
    assert covers(["profile", "notes:*"], scope) is covered
    assert User("ada", "ada", "Ada", None, frozenset({"notes:*"}), "client", "grant").has_scope(scope) is covered


@pytest.mark.parametrize("name", ["*", "notes*", "notes:*:read"])
def test_star_elsewhere_is_no_wildcard(name: str) -> None:
    assert not covers([name], "notes:read")


def test_wildcard_is_asked_for_and_no_default() -> None:
    assert WIDE.require(None) == "profile notes:read files:read"
    assert WIDE.require("notes:*") == "notes:*"
    assert [scope.description for scope in WIDE.describe(["notes:*"])] == ["Do anything with your notes"]


def test_allowance_of_a_client_may_be_a_wildcard() -> None:
    assert WIDE.require("notes:* notes:read files:read", allowed="notes:*") == "notes:* notes:read"
    assert WIDE.require(None, allowed="notes:*") == "notes:read"


def test_wildcard_beyond_the_allowance_stands_for_what_is_allowed_below_it() -> None:
    assert WIDE.require("notes:*", allowed="notes:read files:read") == "notes:read"
    with pytest.raises(InvalidScope):
        WIDE.require("notes:*", allowed="files:read")
