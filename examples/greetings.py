"""A server with a tool of its own, behind the same sign-in: `python examples/greetings.py`."""

from mcpserver import MCPServer, User

server = MCPServer("greetings")


@server.tool(scope="profile")
async def greet(user: User, greeting: str = "Hello") -> str:
    """Greet the person who connected this client."""
    return f"{greeting}, {user.name}!"


if __name__ == "__main__":
    server.run()
