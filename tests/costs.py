"""What takes long on purpose or by nature, made short: password hashes of a moment, and RSA keys that were made
before.
"""

from collections.abc import Callable
from itertools import count

from argon2 import PasswordHasher
from joserfc.jwk import RSAKey

HASHER = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1)
"""Argon2id at its least; what the programs take instead, ``tests/accounts`` shows."""

_made: list[RSAKey] = []


def rsa_keys() -> Callable[[int], RSAKey]:
    """A maker of keys that differ from each other, and are those of the maker before."""
    numbers = count()

    def rsa_key(bits: int) -> RSAKey:
        number = next(numbers)
        while len(_made) <= number:
            _made.append(RSAKey.generate_key(bits))
        return _made[number]

    return rsa_key
