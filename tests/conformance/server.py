"""The fixture of the official suite: ``python -m tests.conformance.server --port N`` serves it at /mcp, without
sign-in.
"""

from pathlib import Path

import click

from mcpserver import MCPServer

from .everything import forms, prompts, questions, resources, tasks, tools
from .everything.changes import offer_changes

server = MCPServer(
    "everything", version="1.0", title="Everything", instructions="Whatever the official suite calls by name."
)
for part in (tools, forms, questions, resources, prompts, tasks):
    server.include(part.server)
offer_changes(server)
server.add_skills(Path(__file__).parent / "everything" / "skills")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
def main(port: int) -> None:
    """Serve until Ctrl-C."""
    server.run(port=port, auth=None)


if __name__ == "__main__":
    main()
