"""The host that nobody stands behind (MCP 2025-11-25, elicitation, sampling, roots)."""

import pytest

from webclient.mcp.protocol.host import Declined, Progress, Silent


async def test_silent_host_declares_nothing_and_gives_nothing_away() -> None:
    host = Silent()
    assert host.capabilities == {}
    assert await host.elicit({"message": "Who?"}) == {"action": "decline"}
    assert await host.roots() == {"roots": []}
    with pytest.raises(Declined, match="declined"):
        await host.sample({"messages": []})
    await host.progress(Progress(1))
    await host.notify("notifications/message", {"data": "x"})
