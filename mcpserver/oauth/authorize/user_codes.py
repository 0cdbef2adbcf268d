"""User codes (RFC 8628 section 6.1), which people read from one screen and type on another."""

import re
import unicodedata

from mcpbase.seal import Seal

from ...sources import Sources

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Letters without vowels, so that no words form by chance, and no digits that look like letters."""
LENGTH = 8
"""Letters; 34.5 bits together, which the throttle makes hopeless to guess (section 5.1)."""


def mint_user_code(sources: Sources) -> str:
    """Return eight letters, every code equally likely."""
    number, letters = int.from_bytes(sources.token_bytes(16)), ""
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def digest_of_code(seal: Seal, code: str) -> bytes:
    """Return the keyed digest under which a code is stored: whoever reads the store without the secret cannot try all
    34.5 bits.
    """
    return seal.mac(code.encode("ascii"), purpose="user code")


def shown(code: str) -> str:
    """Return ``WDJB-MJHT``: two halves are easier to remember."""
    return f"{code[:4]}-{code[4:]}"


def read_user_code(typed: str) -> str | None:
    """Return the code in what a person typed, in any case, width and with any separators; None when it cannot
    be one.
    """
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", typed)).upper()
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None
