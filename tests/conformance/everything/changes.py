"""Tools that change what the server offers while it runs."""

from mcpserver import MCPServer


def offer_changes(server: MCPServer) -> None:
    """Of the server that clients listen to: parts of it are taken over as they were when they were included."""

    async def passing() -> str:
        """Here for a moment."""
        return "Gone."

    @server.tool
    async def test_trigger_tool_change() -> str:
        """Add a tool and take it away."""
        server.tool(name="test_passing_tool")(passing)
        server.remove_tool("test_passing_tool")
        return "Mutation triggered"

    @server.tool
    async def test_trigger_prompt_change() -> str:
        """Add a prompt and take it away."""
        server.prompt(name="test_passing_prompt")(passing)
        server.remove_prompt("test_passing_prompt")
        return "Mutation triggered"
