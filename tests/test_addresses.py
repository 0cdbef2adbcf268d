"""Which addresses strangers may send us to (RFC 6890; the IANA special-purpose address registries)."""

from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpserver.addresses import is_public

SPECIAL = [
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1"),
    *("192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.2.3", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"),
    *("100::1", "2001::1", "2001:0:7f00:1::", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1"),
    *("fc00::1", "fd00::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "localhost", "", "8.8.8.8.8", "2130706433", "0x7f.1", "1.2.3.4 "),
]
PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "192.0.1.1", "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1"]


@pytest.mark.parametrize("address", SPECIAL)
def test_special_use_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_no_ipv4_address_becomes_public_by_being_wrapped(address: IPv4Address) -> None:
    """RFC 4291 section 2.5.5, RFC 3056, RFC 6052, RFC 8215."""
    high, low = int(address) >> 16, int(address) & 0xFFFF
    for prefix in ("::ffff:{}:{}", "::{}:{}", "64:ff9b::{}:{}", "64:ff9b:1::{}:{}", "2002:{}:{}::", "::ffff:0:{}:{}"):
        assert not is_public(prefix.format(f"{high:x}", f"{low:x}"))


@pytest.mark.parametrize("network", ["10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4"])
def test_both_ends_of_a_special_network_are_special(network: str) -> None:
    whole = ip_network(network)
    assert not is_public(str(whole[0]))
    assert not is_public(str(whole[-1]))
