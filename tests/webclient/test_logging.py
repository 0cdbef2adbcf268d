"""Row O1 of the attack catalogue for the web client's own words, and row N10 for the keys of providers."""

import logging
from base64 import urlsafe_b64encode

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey

from mcpbase.masking import MASK, masked
from webclient.logging_setup import MaskingFormatter
from webclient.people.provider_keys import usual_keys

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLW5vYm9keQ"
RSA = RSAKey.generate_key(2048).as_dict(private=False)


@pytest.mark.parametrize(
    "secret", [JWT, "refresh_q3V0ZmVuLWdlbmVyaWMtc2VjcmV0LW9mLTI1Ni1iaXRz", "da39a3ee5e6b4b0d3255bfef95601890afd80709"]
)
def test_secrets_are_not_written(secret: str) -> None:
    for text in (f"request x failed: GET /{secret}/y", f"Bearer {secret}", f"https://s.example/?access_token={secret}"):
        assert secret not in masked(text)
        assert MASK in masked(text)
    fault = ValueError(f"no such tool: {secret}")
    written = MaskingFormatter("%(message)s").format(
        logging.LogRecord("x", logging.ERROR, "x", 1, "failed", (), (ValueError, fault, None))
    )
    assert "ValueError" in written
    assert secret not in written


KEYS = ("0123456789abcdef0123456789abcdef", "0f8fad5b-d9cb-469f-a165-70867728950e", "4" * 40)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "text",
    ["GET https://h.example/sse/{}/x", "https://h.example/mcp?api_key={}", "{{'x-api-key': '{}'}}", "Bearer\t{}"],
)
def test_keys_of_other_servers_are_not_written(text: str, key: str) -> None:
    """Which may be UUIDs or hex digits, as ids are here."""
    written = MaskingFormatter("%(message)s").format(
        logging.LogRecord("x", logging.ERROR, "x", 1, text.format(key), (), None)
    )
    assert key not in written
    assert MASK in written


@pytest.mark.parametrize(
    "text",
    ["client_secret='{}'", '"access_token": "{}"', "?api_key={}", "{{'x-api-key': '{}'}}"],
)
def test_what_its_name_calls_a_secret_is_not_written(text: str) -> None:
    """In the service's log as well, whatever it looks like."""
    assert masked(text.format(KEYS[0])) == text.format(MASK)


@pytest.mark.parametrize(
    "text",
    [
        "request q8 failed: GET /integrations/add",
        "File webclient/people/provider_keys.py, line 20, in usual_keys_of_a_provider",
    ],
)
def test_what_helps_is_written(text: str) -> None:
    assert masked(text) == text


def number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8)).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"e": number(2**2047 + 1)},
        {"e": number(2**32 + 1)},
        {"e": "AQ"},
        {"n": number(2**16383 + 1)},
        {"n": number(2**1023 + 1)},
        {"n": "é"},
    ],
)
def test_keys_that_nobody_uses_are_passed_over(changes: dict[str, str]) -> None:
    """RFC 7518 section 6.3.1: nothing is reckoned with a giant exponent; a key beside it still counts."""
    usual = ECKey.generate_key("P-256").as_dict(private=False)
    assert usual_keys([{**RSA, **changes}, {"kty": "oct", "k": "c2VjcmV0"}, "key", usual]) == [usual]


def test_usual_keys_keep_what_is_used_of_them() -> None:
    kept = [
        RSA,
        ECKey.generate_key("P-521").as_dict(private=False),
        OKPKey.generate_key("Ed25519").as_dict(private=False),
    ]
    assert usual_keys([{**key, "x5c": ["A" * 5000]} for key in kept]) == kept
    assert len(usual_keys([RSA] * 1000)) == 100
    assert usual_keys({"keys": kept}) == []
