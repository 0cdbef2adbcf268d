"""Client credentials as they are read from a request (OAuth 2.1 section 2.4.1)."""

from base64 import b64encode
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.oauth.clients.authentication import read_credentials
from mcpserver.oauth.protocol.errors import InvalidClient, InvalidRequest
from mcpserver.oauth.protocol.parameters import Parameters

NOTHING = Parameters(())


def basic(joined: str) -> str:
    return "Basic " + b64encode(joined.encode()).decode()


@pytest.mark.parametrize(
    ("joined", "client_id", "secret"),
    [
        ("a:b", "a", "b"),
        ("a%3Ab:c%2Bd", "a:b", "c+d"),
        ("a+b:c+d", "a b", "c d"),
        ("a:b:c", "a", "b:c"),
        ("a:%E2%9C%93", "a", "✓"),
        ("a:", "a", None),
    ],
)
def test_both_parts_of_basic_credentials_are_form_encoded(joined: str, client_id: str, secret: str | None) -> None:
    """RFC 6749 section 2.3.1 and appendix B."""
    found = read_credentials([basic(joined)], NOTHING)
    assert (found.client_id, found.secret) == (client_id, secret)


def test_scheme_is_read_in_any_case() -> None:
    """RFC 9110 section 11.1."""
    assert read_credentials([basic("a:b").replace("Basic", "bAsIc")], NOTHING).client_id == "a"


@given(st.text(max_size=60))
def test_any_header_is_credentials_or_invalid_client(header: str) -> None:
    """OAuth 2.1 section 3.2.4."""
    with suppress(InvalidClient):
        assert read_credentials([header], NOTHING).client_id


@given(st.binary(max_size=60))
def test_any_bytes_in_basic_are_credentials_or_invalid_client(data: bytes) -> None:
    """RFC 7617 section 2."""
    with suppress(InvalidClient):
        assert read_credentials(["Basic " + b64encode(data).decode()], NOTHING).client_id


def test_secret_does_not_print() -> None:
    """ASVS 16.2.5."""
    assert "hush" not in repr(read_credentials([basic("a:hush")], NOTHING))


def test_parameter_that_is_there_twice_is_refused_and_empty_ones_are_absent() -> None:
    """OAuth 2.1 section 3.1."""
    parameters = Parameters([("a", "1"), ("a", "2"), ("b", ""), ("b", "3"), ("c", "")])
    with pytest.raises(InvalidRequest):
        parameters.one("a")
    assert parameters.all("a") == ["1", "2"]
    assert (parameters.one("b"), parameters.one("c"), "c" in parameters, list(parameters)) == (
        "3",
        None,
        False,
        ["a", "b"],
    )
    with pytest.raises(InvalidRequest):
        parameters.require("c")
