"""What only the revisions before 2026-07-28 need can be deleted as a whole: the modern core does not import it."""

from tests.test_arrows import MODULES, imports

EARLIER = ("mcpserver.mcp.legacy", "mcpserver.transports.legacy")
DOORS = {
    "mcpserver.transports.streamable_http",
    "mcpserver.transports.stdio.channel",
    "mcpserver.store.tables.mcp",
    "mcpserver.store.tables.events",
}
"""Where both eras come in, and where sessions rest: each knows a few places of the earlier era, which go with it."""


def _is_earlier(name: str) -> bool:
    return f"{name}.".startswith(tuple(f"{room}." for room in EARLIER))


def test_only_the_doors_know_the_earlier_era() -> None:
    knowing = {
        name
        for name, path in MODULES.items()
        if not _is_earlier(name) and any(_is_earlier(each) for each in imports(path))
    }
    assert knowing == DOORS
