"""Names that lead to addresses nobody may be led to (MCP security best practices, server-side request forgery)."""

import pytest

from mcpbase.resolver import ForbiddenAddress, GuardedResolver


def resolver_of(*addresses: str) -> GuardedResolver:
    """One that knows its answers."""

    async def resolve(host: str) -> list[str]:
        return list(addresses)

    return GuardedResolver(resolve)


async def test_name_with_one_private_address_is_refused() -> None:
    found = await resolver_of("8.8.8.8", "2606:4700:4700::1111").resolve("a.example", 443)
    assert [(each["hostname"], each["host"], each["port"]) for each in found] == [
        ("a.example", "8.8.8.8", 443),
        ("a.example", "2606:4700:4700::1111", 443),
    ]
    with pytest.raises(ForbiddenAddress):
        await resolver_of("8.8.8.8", "127.0.0.1").resolve("a.example")


async def test_name_without_an_address_is_no_forbidden_one() -> None:
    with pytest.raises(OSError, match="no address") as refused:
        await resolver_of().resolve("a.example")
    assert not isinstance(refused.value, ForbiddenAddress)
