"""Passwords that a person reads from one window and types into another."""

from ...sources import Sources

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeio"


def readable_password(sources: Sources) -> str:
    """Three words that can be spoken, such as ``lumo-tiza-rebi``: 36 random bits, for what lasts a day and is asked
    with a throttle.
    """
    return "-".join(_word(sources.token_bytes(2)) for _ in range(3))


def _word(chance: bytes) -> str:
    """Six bits a syllable: sixteen consonants, four vowels."""
    return "".join(_CONSONANTS[byte & 15] + _VOWELS[byte >> 4 & 3] for byte in chance)
