"""Redirect URIs by value (OAuth 2.1 section 2.3; RFC 8252 section 7)."""

from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.oauth.protocol.errors import InvalidRedirectUri, PageError
from mcpserver.oauth.protocol.models import Client, ClientKind
from mcpserver.oauth.protocol.redirects import (
    display_host,
    is_loopback,
    require_redirect_uri,
    require_registrable,
    with_answer,
)


def client(*redirect_uris: str) -> Client:
    return Client("c", "C", redirect_uris, ClientKind.SELF_REGISTERED, 1)


@given(st.text(max_size=60) | st.from_regex(r"\A[a-zA-Z.]{1,10}:/{0,3}[!-~]{0,30}\Z"))
def test_what_may_be_registered_leads_to_https_this_computer_or_a_program(uri: str) -> None:
    """RFC 7591 section 5."""
    with suppress(InvalidRedirectUri):
        require_registrable(uri, native_schemes=("cursor",))
        scheme = uri.partition(":")[0]
        assert scheme == "https" or is_loopback(uri) or scheme == "cursor" or "." in scheme
        assert uri.isascii()
        assert "#" not in uri


@given(st.text(max_size=60))
def test_only_the_registered_address_is_accepted(uri: str) -> None:
    """OAuth 2.1 section 2.3.1."""
    with pytest.raises(PageError):
        require_redirect_uri(client("https://c.example/cb"), uri)


@given(st.integers(min_value=1, max_value=65535))
def test_any_port_of_the_loopback_address_is_accepted(port: int) -> None:
    """RFC 8252 section 7.3."""
    uri = f"http://[::1]:{port}/cb?x=1"
    assert require_redirect_uri(client("http://[::1]/cb?x=1"), uri) == uri


@given(st.dictionaries(st.sampled_from(["code", "state", "iss"]), st.text(min_size=1, max_size=30), min_size=1))
def test_answer_comes_out_of_the_redirect_as_it_went_in(answer: dict[str, str]) -> None:
    """OAuth 2.1 section 4.1.2; section 2.3: a query that was registered stays."""
    location = with_answer("https://c.example/cb?kept=1", answer)
    query = parse_qs(urlsplit(location).query, strict_parsing=True)
    assert query == {"kept": ["1"], **{name: [value] for name, value in answer.items()}}
    assert location.isascii()


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("https://c.example:8443/cb", "c.example:8443"),
        ("http://127.0.0.1:5/cb", "127.0.0.1:5"),
        ("cursor://anysphere.cursor-mcp/cb", "cursor://anysphere.cursor-mcp"),
        ("com.example.app:/cb", "com.example.app://"),
    ],
)
def test_people_are_shown_where_they_return_to(uri: str, shown: str) -> None:
    """MCP 2026-07-28, security best practices."""
    assert display_host(uri) == shown
