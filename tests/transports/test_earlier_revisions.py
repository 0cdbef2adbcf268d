"""What only the revisions before 2026-07-28 need can be deleted as a whole: the modern core does not import it."""

from tests.test_arrows import SERVICE, TOP, imports

EARLIER = {
    "mcp.revisions.handshake",
    "mcp.revisions.older_forms",
    "mcp.revisions.older_results",
    "mcp.sessions",
    "transports.desk",
    "transports.event_stream",
    "transports.handshake_http",
    "transports.http_sse",
    "transports.session_runtimes",
}
DOORS = {"transports.streamable_http", "transports.stdio", "store", "store.mcp"}
"""Where both eras come in, and where sessions rest: each knows one place of the earlier era, which goes with it."""


def _names() -> dict[str, set[str]]:
    named = {".".join(path.relative_to(TOP / "mcpserver").with_suffix("").parts).removesuffix(".__init__"): path for path in SERVICE}
    return {name: {each.removeprefix("mcpserver.") for each in imports(path)} for name, path in named.items()}


def test_only_the_doors_know_the_earlier_era() -> None:
    names = _names()
    assert set(names) >= EARLIER | DOORS
    for name, known in names.items():
        if name not in EARLIER | DOORS:
            assert not [each for each in known if any(f"{each}.".startswith(f"{earlier}.") for earlier in EARLIER)], name
