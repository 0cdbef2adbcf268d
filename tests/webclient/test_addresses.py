"""Which addresses a server may lead the client to (RFC 6890; the IANA special-purpose address registries)."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webclient.addresses import is_literal, is_public

SPECIAL = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1"),
    *("64:ff9b:1::808:808", "100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1"),
    *("fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1", "localhost", "", "8.8.8.8.8", "2130706433", "0x7f.1", "1.2.3.4 "),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "192.0.1.1", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
SPELLINGS = ["127.1", "0177.1", "0x7f.1", "0X7F000001", "2130706433", "017700000001", "127.0.0.1.", "::ffff:7f00:1", "fe80::1%lo", "0"]


@pytest.mark.parametrize("address", SPECIAL)
def test_special_use_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_no_ipv4_address_becomes_public_by_being_wrapped(address: IPv4Address) -> None:
    """RFC 4291 section 2.5.5, RFC 6052 section 2.1, RFC 3056, RFC 8215: one that translation shows is what it was, the other disguises are refused."""
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    for prefix in ("::ffff:{}:{}", "64:ff9b::{}:{}"):
        assert is_public(prefix.format(high, low)) == is_public(str(address))
    for prefix in ("::{}:{}", "64:ff9b:1::{}:{}", "2002:{}:{}::", "::ffff:0:{}:{}"):
        assert not is_public(prefix.format(high, low))


@given(st.integers(0, 2**128 - 1).map(IPv6Address))
def test_public_ipv6_is_global_unicast(address: IPv6Address) -> None:
    """RFC 4291 section 2.4."""
    within = int(address) >> 125 == 1 or address.ipv4_mapped is not None or int(address) >> 32 == 0x64FF9B << 64
    assert within or not is_public(str(address))


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_an_address_is_taken_for_one(host: str) -> None:
    """inet_aton(3): what a resolver would take for an address is judged as one, so that no spelling is a way round."""
    assert is_literal(host)
    assert not is_public(host)


@pytest.mark.parametrize("host", ["a.example", "1.example", "0x7f.example", "1-2.3", "xn--bcher-kva.example"])
def test_names_are_no_addresses(host: str) -> None:
    assert not is_literal(host)
