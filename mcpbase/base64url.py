"""Base64url without padding, as JOSE and PKCE write bytes (RFC 7515 section 2, RFC 4648 section 5)."""

from joserfc.util import urlsafe_b64decode, urlsafe_b64encode


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes. Raises ValueError for padding, characters of the other alphabet, and texts that encode no
    bytes.
    """
    return urlsafe_b64decode(text.encode("ascii"))
