"""Which addresses strangers may send either program to (RFC 6890; the IANA special-purpose address registries), and
which spellings are addresses.
"""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpbase.addresses import is_literal, is_loopback, is_public, network_of

SPECIAL = [
    *(
        "0.0.0.0",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
    ),
    *("192.0.0.1", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170", "192.0.0.192", "192.0.0.255", "192.0.2.1"),
    *(
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.1.2.3",
        "240.0.0.1",
        "255.255.255.255",
    ),
    *(
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:127.0.0.1",
        "::ffff:192.0.0.192",
        "::ffff:0:127.0.0.1",
        "::ffff:0:8.8.8.8",
    ),
    *(
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::c000:c0",
        "64:ff9b:1::1",
        "64:ff9b:1::7f00:1",
        "64:ff9b:1::808:808",
    ),
    *(
        "100::1",
        "2001::1",
        "2001:0:7f00:1::",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
    ),
    *("fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff0e::1"),
    *("localhost", "", "8.8.8.8.8", "2130706433", "0x7f.1", "1.2.3.4 "),
]
PUBLIC = [
    *("1.1.1.1", "8.8.8.8", "93.184.216.34", "191.255.255.255", "192.0.1.1", "192.88.98.1"),
    *("2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450:4001::1", "64:ff9b::808:808", "::ffff:8.8.8.8"),
]


@pytest.mark.parametrize("address", SPECIAL)
def test_special_use_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.168.0.0/16",
        "224.0.0.0/4",
    ],
)
def test_both_ends_of_a_special_network_are_special(network: str) -> None:
    whole = ip_network(network)
    assert not is_public(str(whole[0]))
    assert not is_public(str(whole[-1]))


@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(0xC0000000, 0xC00003FF).map(IPv4Address)))
def test_no_ipv4_address_becomes_public_by_being_wrapped(address: IPv4Address) -> None:
    """RFC 4291 section 2.5.5, RFC 6052 section 2.1, RFC 3056, RFC 8215: one that translation shows is what it was,
    the other disguises are refused.
    """
    high, low = f"{int(address) >> 16:x}", f"{int(address) & 0xFFFF:x}"
    expected = is_public(str(address))
    for prefix in ("::ffff:{}:{}", "64:ff9b::{}:{}"):
        assert is_public(prefix.format(high, low)) == expected
    for prefix in ("::{}:{}", "64:ff9b:1::{}:{}", "2002:{}:{}::", "::ffff:0:{}:{}"):
        assert not is_public(prefix.format(high, low))


@given(
    st.one_of(
        st.integers(0, 2**128 - 1),
        st.integers(0x2000 << 112, (0x4000 << 112) - 1),
        st.integers(0x20010000 << 96, (0x20020000 << 96) - 1),
    )
)
def test_public_ipv6_is_global_unicast(number: int) -> None:
    """RFC 4291 section 2.4."""
    address = IPv6Address(number)
    within = int(address) >> 125 == 1 or address.ipv4_mapped is not None or int(address) >> 32 == 0x64FF9B << 64
    assert within or not is_public(str(address))


SPELLINGS = [
    "127.1",
    "0177.1",
    "0x7f.1",
    "0X7F000001",
    "2130706433",
    "017700000001",
    "127.0.0.1.",
    "::ffff:7f00:1",
    "fe80::1%lo",
    "0",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_every_spelling_of_an_address_is_taken_for_one(host: str) -> None:
    """inet_aton(3): what a resolver would take for an address is judged as one, so that no spelling is a way round."""
    assert is_literal(host)
    assert not is_public(host)


@pytest.mark.parametrize("host", ["a.example", "1.example", "0x7f.example", "1-2.3", "xn--bcher-kva.example"])
def test_names_are_no_addresses(host: str) -> None:
    assert not is_literal(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_this_machine_is_loopback(host: str) -> None:
    """RFC 1122 section 3.2.1.3, RFC 6761 section 6.3."""
    assert is_loopback(host)
    assert not is_loopback("192.0.2.1")
    assert not is_loopback("localhost.example")


def test_people_are_counted_by_what_one_subscriber_has() -> None:
    """RFC 6177 section 2."""
    assert network_of("2001:db8:1:2::3") == network_of("2001:db8:1:2:ffff::9") != network_of("2001:db8:1:3::3")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("fe80::1%eth0") == network_of("fe80::2%eth1")
    assert len(network_of("x" * 1000)) == 64
