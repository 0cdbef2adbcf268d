"""Whatever a server says in headers and documents, the parts that read it come to an end and raise nothing but their
own refusals.
"""

import json
from contextlib import suppress
from typing import Any

import pytest
from attrs import asdict
from hypothesis import example, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from webclient.errors import FlowError
from webclient.fetcher import Response
from webclient.http.challenges import parse_challenges
from webclient.oauth.metadata import covers, read_issuer, read_resource
from webclient.oauth.protocol import Credentials, Tokens
from webclient.oauth.registration import read_registration
from webclient.oauth.token_endpoint import TokenRequest, require_token_response
from webclient.trace import Notes

TYPED = "https://a.example/mcp"
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from([TYPED, "https://a.example", "//x", "http://["]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
RESOURCE = ("resource", "authorization_servers", "scopes_supported", "dpop_bound_access_tokens_required")
ISSUER = (
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "registration_endpoint",
    "code_challenge_methods_supported",
    "scopes_supported",
)
REGISTRATION = ("client_id", "client_secret", "client_secret_expires_at", "token_endpoint_auth_method")
TOKEN = ("access_token", "token_type", "expires_in", "scope", "refresh_token")


def documents(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), VALUES, max_size=len(names))


def answer(document: Any, status: int) -> Response:
    return Response(status, CIMultiDictProxy(CIMultiDict()), json.dumps(document).encode())


@given(st.text(max_size=300))
def test_challenges_of_any_text(header: str) -> None:
    """RFC 9110 section 11.6.1."""
    for challenge in parse_challenges([header]):
        assert challenge.scheme == challenge.scheme.lower()
        assert all(name == name.lower() for name in challenge.parameters)


@settings(deadline=500)
@given(st.text(alphabet='Ba="\\, \t', max_size=400))
def test_challenges_of_nearly_grammatical_text_take_no_time(header: str) -> None:
    """No backtracking without end: the deadline is the proof."""
    parse_challenges([header * 20])


@given(documents(RESOURCE))
@example({"resource": "http://["})
@example({"resource": TYPED, "authorization_servers": ["http://["]})
def test_resource_metadata_of_any_shape(document: dict[str, Any]) -> None:
    """RFC 9728 section 3.3: read, or refused in one sentence."""
    try:
        resource = read_resource(document, TYPED, Notes())
    except FlowError:
        return
    assert covers(resource.resource, TYPED)
    assert resource.issuers


@given(documents(ISSUER), st.booleans())
@example(
    {"issuer": "https://a.example", "token_endpoint": "https://[", "code_challenge_methods_supported": ["S256"]}, False
)
def test_issuer_metadata_of_any_shape(document: dict[str, Any], person: bool) -> None:
    """RFC 8414 section 3.3: what is read names the issuer that was asked, and only https endpoints."""
    try:
        server = read_issuer(document, "https://a.example", TYPED, Notes(), person=person)
    except FlowError:
        return
    endpoints = (
        server.token_endpoint,
        server.authorization_endpoint,
        server.registration_endpoint,
        server.revocation_endpoint,
    )
    assert all(endpoint is None or endpoint.startswith("https://") for endpoint in endpoints)


@given(documents(REGISTRATION) | VALUES, st.sampled_from([200, 201, 400, 500]))
def test_registration_answer_of_any_shape(document: Any, status: int) -> None:
    """RFC 7591 section 3.2."""
    with suppress(FlowError):
        assert read_registration(answer(document, status), "none", None, Notes()).client_id


@pytest.mark.parametrize("bound", [False, True])
@given(document=documents(TOKEN) | VALUES, status=st.sampled_from([200, 400, 401, 500]))
def test_token_answer_of_any_shape(bound: bool, document: Any, status: int) -> None:
    """RFC 6749 section 5: a token that could break a header is none."""
    ask = TokenRequest(
        "", "", "", Credentials("c"), {"grant_type": "authorization_code"}, "", {"kty": "EC"} if bound else None
    )
    try:
        token = require_token_response(answer(document, status), ask).access_token
    except FlowError:
        return
    assert token.isascii()
    assert token.isprintable()


@given(st.text(max_size=40))
@example("http://[")
def test_address_of_any_shape_covers_nothing_but_itself(text: str) -> None:
    assert covers(text, TYPED) is (text in (TYPED, "https://a.example", "https://a.example/"))


def test_tokens_survive_their_store() -> None:
    tokens = Tokens("i", "a", None, None, ("x",), "r", "e", None, Credentials("c"), ("y",))
    assert Tokens.restored(json.loads(json.dumps(asdict(tokens)))) == tokens
