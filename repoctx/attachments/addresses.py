"""Which addresses a web page may be fetched from: public ones, and no others.

A page that redirects, or a name whose owner lets it point anywhere, must not reach a service of
this machine, of its network, or of the cloud it runs in.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import TypeAlias

from repoctx.errors import RefusedError, RepoctxError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32",
            "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
            "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ),
    )
)  # fmt: skip
"""IANA's special-purpose registries, as far as not for all to reach; and 168.63.129.16, where Azure
serves its machines their settings (others do it at 169.254.169.254, 100.100.100.200, fd00::)."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def looked_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, or the address itself; RepoctxError when there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise RepoctxError(f"{host} cannot be found", "check its spelling") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def check_public(host: str, addresses: list[str], loopback: bool) -> None:
    """Raise RefusedError unless all of the host's addresses are public.

    ``loopback`` also allows this machine's own, for tests alone.
    """
    for text in addresses:
        address = ipaddress.ip_address(text.partition("%")[0])
        if not (is_public(address) or (loopback and address.is_loopback)):
            raise RefusedError(
                f"{host} is at {text}, which is not a public address",
                "only public pages are fetched; save it as text or PDF, and attach the file",
            )


def is_public(address: Address) -> bool:
    """True when anyone on the internet means the same by this address."""
    return not any(
        each in network
        for each in _meanings(address)
        for network in _NOT_PUBLIC
        if each.version == network.version
    )


def _meanings(address: Address) -> Iterator[Address]:
    """Yield the address, and what IPv4 address it leads to: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour is not None:
        yield address.sixtofour
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
