"""Passwords that are easy to read and type."""

from ...sources import Sources

_CONSONANTS = "bdfghjklmnprstvz"
_VOWELS = "aeio"


def readable_password(sources: Sources) -> str:
    """Make a password of three pronounceable words, such as ``lumo-tiza-rebi``.

    It has 36 random bits, enough for a password that lasts a day and whose attempts are throttled.
    """
    return "-".join(_word(sources.token_bytes(2)) for _ in range(3))


def _word(chance: bytes) -> str:
    """A word with six random bits per syllable: sixteen consonants, four vowels."""
    return "".join(_CONSONANTS[byte & 15] + _VOWELS[byte >> 4 & 3] for byte in chance)
