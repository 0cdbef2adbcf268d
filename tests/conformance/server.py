"""The fixture of the official suite: ``python -m tests.conformance.server --port N`` serves it at /mcp, without sign-in."""

from pathlib import Path

import click
from aiohttp import web

from mcpserver import MCPServer
from mcpserver.transports.streamable_http import StreamableHTTP

from .everything import forms, prompts, questions, resources, tasks, tools
from .everything.changes import offer_changes

server = MCPServer("everything", version="1.0", title="Everything", instructions="Whatever the official suite calls by name.")
for part in (tools, forms, questions, resources, prompts, tasks):
    server.include(part.server)
offer_changes(server)
server.add_skills(Path(__file__).parent / "everything" / "skills")


async def create_app(port: int) -> web.Application:
    """The endpoint and nothing else."""
    endpoint = StreamableHTTP(server, None, public_url=f"http://127.0.0.1:{port}")
    application = web.Application()
    endpoint.setup(application)
    application.router.add_route("*", "/mcp", endpoint.handle)
    return application


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
def main(port: int) -> None:
    """Serve until Ctrl-C."""
    web.run_app(create_app(port), host="127.0.0.1", port=port)


if __name__ == "__main__":
    main()
