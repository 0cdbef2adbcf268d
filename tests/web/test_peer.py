"""Where a request comes from: forwarding headers count for what those wrote who are trusted (setting
``trusted_proxies``).
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpbase.guard.forwarding import origin_address

PROXY = "10.0.0.1"
TRUSTED = ("10.0.0.0/8", "fd00::/8")


def seen(
    *forwarded_for: str, forwarded: tuple[str, ...] = (), peer: str = PROXY, trusted: tuple[str, ...] = TRUSTED
) -> str:
    return origin_address(peer, trusted, forwarded_for=forwarded_for, forwarded=forwarded)


@pytest.mark.parametrize("trusted", [(), ("192.0.2.0/24",)])
def test_nobody_is_believed_who_is_not_named(trusted: tuple[str, ...]) -> None:
    assert seen("203.0.113.1", forwarded=("for=203.0.113.1",), trusted=trusted) == PROXY


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("198.51.100.9, 203.0.113.1", "203.0.113.1"),
        ("198.51.100.9, 203.0.113.1, 10.9.9.9", "203.0.113.1"),
        ("10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("203.0.113.1:4711", "203.0.113.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:db8::1, fd00::7", "2001:db8::1"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("203.0.113.1,,", "203.0.113.1"),
        ("203.0.113.1, unknown", PROXY),
        ("203.0.113.1, unknown, 10.9.9.9", "10.9.9.9"),
        ("evil", PROXY),
        ("", PROXY),
    ],
)
def test_last_hop_that_is_not_trusted_is_who_asks(header: str, address: str) -> None:
    """As each proxy adds whom it heard from at the end, only the end is sure."""
    assert seen(header) == address


def test_lines_of_a_header_are_one_list() -> None:
    """RFC 9110 section 5.3."""
    assert seen("198.51.100.9", "203.0.113.1, 10.9.9.9") == "203.0.113.1"


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("for=203.0.113.1", "203.0.113.1"),
        ("For=198.51.100.9;proto=http;by=10.0.0.1, FOR=203.0.113.1;host=a.example", "203.0.113.1"),
        ('for="[2001:db8::1]:4711"', "2001:db8::1"),
        ('for="203.0.113.1:80", for=10.9.9.9', "203.0.113.1"),
        ("by=203.0.113.1;for=203.0.113.2", "203.0.113.2"),
        ('host="a,for=198.51.100.9";for=203.0.113.1', "203.0.113.1"),
        ('for=203.0.113.1;host="a,for=198.51.100.9"', "203.0.113.1"),
        ('for=203.0.113.1;host="a\\",for=198.51.100.9"', "203.0.113.1"),
        ('for=198.51.100.9;x=", for="[2001:db8::1]"', PROXY),
        ('for=198.51.100.9;x=", for=203.0.113.1;host="b"', PROXY),
        ("for=203.0.113.1;=", PROXY),
        ("for=203.0.113.1, ", "203.0.113.1"),
        ("for=203.0.113.1, for=unknown", PROXY),
        ("for=_hidden", PROXY),
        ("proto=https", PROXY),
    ],
)
def test_standard_header_is_read_the_same_way(header: str, address: str) -> None:
    """RFC 7239 sections 4 and 6."""
    assert seen(forwarded=(header,)) == address


def test_a_header_that_the_proxy_did_not_write_cannot_win() -> None:
    """A proxy that writes one of them lets the other through as the client sent it."""
    assert seen("203.0.113.1", forwarded=("for=198.51.100.9",)) == PROXY
    assert seen("203.0.113.1", forwarded=("for=203.0.113.1",)) == "203.0.113.1"


def test_no_address_at_all_is_passed_on() -> None:
    """A Unix socket has none."""
    assert seen("203.0.113.1", peer="") == ""


@given(st.lists(st.text(max_size=40), max_size=4), st.lists(st.text(max_size=40), max_size=4))
def test_any_headers_give_an_address(forwarded_for: list[str], forwarded: list[str]) -> None:
    assert origin_address(PROXY, TRUSTED, forwarded_for=forwarded_for, forwarded=forwarded)
