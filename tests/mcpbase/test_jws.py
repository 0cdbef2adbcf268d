"""Registries of joserfc (RFC 7515), without a warning for the name EdDSA."""

from typing import Any

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey

from mcpbase.jws import foreign_registry, own_registry

KEYS: dict[str, Any] = {
    "ES256": ECKey.generate_key("P-256", private=True),
    "EdDSA": OKPKey.generate_key("Ed25519", private=True),
}


def signed(algorithm: str, **header: Any) -> str:
    return jws.serialize_compact(
        {"alg": algorithm, **header},
        b"payload",
        KEYS[algorithm],
        registry=foreign_registry(algorithm, longest_header=64 * 1024),
    )


@pytest.mark.parametrize("algorithm", KEYS)
def test_what_was_signed_with_the_algorithm_is_read(algorithm: str) -> None:
    for registry in (own_registry(algorithm), foreign_registry(algorithm, longest_header=1024)):
        assert jws.deserialize_compact(signed(algorithm), KEYS[algorithm], registry=registry).payload == b"payload"


def test_no_other_algorithm_is_read() -> None:
    """RFC 8725 section 3.1."""
    for registry in (own_registry("EdDSA"), foreign_registry("EdDSA", longest_header=1024)):
        with pytest.raises(JoseError):
            jws.deserialize_compact(signed("ES256"), KEYS["ES256"], registry=registry)


def test_members_that_are_not_understood_are_ignored_in_headers_of_others() -> None:
    """RFC 7515 section 4."""
    token = signed("ES256", kid=5, note={"a": 1})
    assert (
        jws.deserialize_compact(token, KEYS["ES256"], registry=foreign_registry("ES256", longest_header=1024)).payload
        == b"payload"
    )
    with pytest.raises(JoseError):
        jws.deserialize_compact(token, KEYS["ES256"], registry=own_registry("ES256"))


def test_header_that_is_too_long_is_refused() -> None:
    with pytest.raises(JoseError):
        jws.deserialize_compact(
            signed("ES256", note="x" * 2000), KEYS["ES256"], registry=foreign_registry("ES256", longest_header=1024)
        )
