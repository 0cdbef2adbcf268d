"""RFC 8628 section 6.1: codes that a person reads off one screen and types in at another."""

import re
import unicodedata

from mcpbase.seal import Seal

from ...sources import Sources

ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels no words form by chance, and without digits nothing looks like something else."""
LENGTH = 8
"""34.5 bits together: guessing takes the throttle's help to be hopeless (section 5.1)."""


def mint_user_code(sources: Sources) -> str:
    """Eight letters, every code as likely as any other."""
    number, letters = int.from_bytes(sources.token_bytes(16)), ""
    for _ in range(LENGTH):
        number, letter = divmod(number, len(ALPHABET))
        letters += ALPHABET[letter]
    return letters


def digest_of(seal: Seal, code: str) -> bytes:
    """What the store knows of a code: who reads the store and not the secret cannot try all 34.5 bits."""
    return seal.mac(code.encode("ascii"), purpose="user code")


def shown(code: str) -> str:
    """``WDJB-MJHT``: two halves are easier to carry in one's head from screen to screen."""
    return f"{code[:4]}-{code[4:]}"


def read_user_code(typed: str) -> str | None:
    """The code in what somebody typed, in any case, width and with any separators; None when it cannot be one."""
    letters = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", typed)).upper()
    return letters if len(letters) == LENGTH and set(letters) <= set(ALPHABET) else None
