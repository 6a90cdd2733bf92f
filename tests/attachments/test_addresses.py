"""Only addresses that are the same for everybody are fetched from."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repoctx.attachments.addresses import check_public, is_public, looked_up
from repoctx.errors import RefusedError, RepoctxError


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.9.9.9",
        "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192",
        "192.168.1.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "fe80::1",
        "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "100.63.255.255",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ],
)
def test_a_public_address_is_not(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_what_the_standard_library_calls_private_is_never_public(
    address: ipaddress.IPv4Address,
) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
    assert is_public(ipaddress.ip_address(f"::ffff:{address}")) == is_public(address)


def test_one_private_address_among_public_ones_is_enough() -> None:
    with pytest.raises(RefusedError, match=r"two\.example is at 10\.0\.0\.1"):
        check_public("two.example", ["8.8.8.8", "10.0.0.1"], loopback=True)


def test_a_name_without_an_address_is_a_clear_error() -> None:
    with pytest.raises(RepoctxError, match="cannot be found"):
        looked_up("no such host", 80)
