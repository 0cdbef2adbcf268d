"""A server for those who sign in elsewhere: ``mcpserver serve --app tests.interop.greeter:server``."""

from mcpserver import MCPServer, User

server = MCPServer("Greeter", scopes={"greet": "Greet you"})


@server.tool(scope="greet")
async def whoami(user: User) -> dict[str, str | bool]:
    """Who is calling."""
    return {"id": user.id, "client": user.client_id, "is_client": user.is_client}
