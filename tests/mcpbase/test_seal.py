"""Sealing: read by nobody else, changed by nobody, opened for one purpose (RFC 7516)."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpbase.seal import Seal, SealBroken

SEAL = Seal(b"an installation's secret, 32 byte")
SEALED = SEAL.seal(b"a consent", purpose="consent")


def with_header(header: object) -> str:
    encoded = urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([encoded, *SEALED.split(".")[1:]])


def test_what_was_sealed_opens_and_cannot_be_read() -> None:
    assert SEAL.open(SEALED, purpose="consent") == b"a consent"
    assert b"a consent" not in SEALED.encode()
    assert SEAL.seal(b"a consent", purpose="consent") != SEALED


def test_mac_is_the_same_for_the_same_and_for_nothing_else() -> None:
    """RFC 2104, keyed by purpose and installation (RFC 5869 section 3.2); and no key is used in two ways."""
    mac = SEAL.mac(b"a code", purpose="code")
    assert mac == Seal(b"an installation's secret, 32 byte").mac(b"a code", purpose="code")
    others = {
        SEAL.mac(b"b code", purpose="code"),
        SEAL.mac(b"a code", purpose="else"),
        Seal(b"x" * 32).mac(b"a code", purpose="code"),
    }
    assert len(others - {mac}) == 3
    assert len(mac) == 32


def test_another_purpose_or_another_secret_opens_nothing() -> None:
    """RFC 5869 section 3.2: the purpose is part of the key."""
    with pytest.raises(SealBroken):
        SEAL.open(SEALED, purpose="signing-key")
    with pytest.raises(SealBroken):
        Seal(b"another installation's secret, 32").open(SEALED, purpose="consent")


@pytest.mark.parametrize(
    "header",
    [
        {},
        [],
        None,
        {"alg": {}, "enc": {}},
        {"alg": ["dir"], "enc": "A256GCM"},
        {"alg": "dir", "enc": "A128GCM"},
        {"alg": "A256KW", "enc": "A256GCM"},
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "dir", "enc": "A256GCM", "crit": ["exp"]},
        {"enc": "A256GCM", "alg": "dir"},
    ],
)
def test_any_other_header_breaks_the_seal(header: object) -> None:
    """RFC 7516 section 5.2: whoever presents it must not choose how it is opened, nor stumble over the library's
    types.
    """
    with pytest.raises(SealBroken):
        SEAL.open(with_header(header), purpose="consent")


@given(st.integers(0, len(SEALED) - 1), st.characters(codec=None, categories=None) | st.just(""))
def test_any_change_breaks_the_seal(place: int, character: str) -> None:
    """RFC 7516 section 5.2 step 16: what was changed is refused, by one kind of error."""
    changed = SEALED[:place] + character + SEALED[place + 1 :]
    if changed == SEALED:
        return
    with pytest.raises(SealBroken):
        SEAL.open(changed, purpose="consent")


@given(st.text())
def test_nonsense_breaks_the_seal(text: str) -> None:
    with pytest.raises(SealBroken):
        SEAL.open(text, purpose="consent")
