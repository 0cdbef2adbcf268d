"""Proof keys (RFC 7636)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.oauth.protocol.errors import InvalidGrant, InvalidRequest
from mcpserver.oauth.protocol.pkce import require_challenge, require_verifier

# RFC 7636 appendix B
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_published_example_holds() -> None:
    """RFC 7636 appendix B."""
    assert require_challenge(CHALLENGE, "S256") == CHALLENGE
    require_verifier(VERIFIER, CHALLENGE)


@given(st.text(max_size=140))
def test_no_other_verifier_fits(verifier: str) -> None:
    """RFC 7636 section 4.6."""
    with pytest.raises(InvalidGrant):
        require_verifier(verifier, CHALLENGE)


@given(st.text(max_size=60), st.text(max_size=6) | st.none())
def test_challenge_is_accepted_only_with_s256(challenge: str, method: str | None) -> None:
    """OAuth 2.1 section 4.1.1."""
    if method != "S256":
        with pytest.raises(InvalidRequest):
            require_challenge(challenge, method)
