"""A server as an author writes it: what ``mcpserver dev`` is tried on."""

import asyncio

from mcpserver import Context, MCPServer, User

server = MCPServer("Dice", version="1.0", title="The dice", scopes={"dice:roll": "Roll your dice"})


@server.tool(scope="dice:roll", title="Roll")
async def roll(user: User | None, sides: int = 6) -> str:
    """Roll a die."""
    print("noise that must not reach a client")
    return f"{user and user.name} rolled {sides}"


@server.tool(public=True)
async def ask(context: Context) -> str:
    """Ask something."""
    return "yes" if await context.ask_yes_no("Really?") else "no"


@server.tool
async def wait(context: Context) -> str:
    """Never end."""
    await context.progress(1)
    while True:
        await context.info("waiting")
        await asyncio.sleep(0.05)


@server.resource("dice://{number}", mime_type="text/plain")
def die(number: int) -> str:
    """A die."""
    return str(number)


@server.prompt
def play(game: str, rounds: int = 3) -> str:
    """Play a game."""
    return f"{game} {rounds}"
