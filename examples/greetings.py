"""A server with a tool of its own, behind the same sign-in: `python examples/greetings.py`."""

from aiohttp import web

from mcpserver import MCPServer, User
from mcpserver.app import create_app
from mcpserver.settings import Settings

server = MCPServer("greetings")


@server.tool(scope="profile")
async def greet(user: User, greeting: str = "Hello") -> str:
    """Greet the person who connected this client."""
    return f"{greeting}, {user.name}!"


if __name__ == "__main__":
    web.run_app(create_app(Settings(), server=server), host="127.0.0.1", port=8000)
