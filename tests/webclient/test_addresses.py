"""Which spellings are addresses; which addresses a server may lead the client to, tests/test_addresses.py says of both programs."""

import pytest

from webclient.addresses import is_literal, is_public

SPELLINGS = ["127.1", "0177.1", "0x7f.1", "0X7F000001", "2130706433", "017700000001", "127.0.0.1.", "::ffff:7f00:1", "fe80::1%lo", "0"]


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_an_address_is_taken_for_one(host: str) -> None:
    """inet_aton(3): what a resolver would take for an address is judged as one, so that no spelling is a way round."""
    assert is_literal(host)
    assert not is_public(host)


@pytest.mark.parametrize("host", ["a.example", "1.example", "0x7f.example", "1-2.3", "xn--bcher-kva.example"])
def test_names_are_no_addresses(host: str) -> None:
    assert not is_literal(host)
