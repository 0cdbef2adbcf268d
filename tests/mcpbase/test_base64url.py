"""Base64url without padding (RFC 7515 section 2 and appendix C)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpbase import base64url


def test_example_of_the_standard() -> None:
    """RFC 7515 appendix C."""
    assert base64url.encode(bytes([3, 236, 255, 224, 193])) == "A-z_4ME"


@given(st.binary())
def test_what_was_encoded_is_decoded(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@pytest.mark.parametrize("text", ["A-z_4ME=", "A+z/4ME", "A", "AB", "a b", "é", "\n"])
def test_second_spelling_of_the_same_bytes_is_refused(text: str) -> None:
    """RFC 4648 sections 3.2, 3.3 and 3.5."""
    with pytest.raises(ValueError):  # noqa: PT011 - of whatever kind
        base64url.decode(text)
