"""Instructions for connecting known clients to a server."""

import json
import re


def ways_to_connect(name: str, url: str) -> str:
    """A command or piece of configuration for each known client, ready to be copied."""
    short = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "server"
    cursor = json.dumps({"mcpServers": {short: {"url": url}}})
    code = json.dumps({"name": short, "type": "http", "url": url})
    return f"""  Claude Code   claude mcp add --transport http {short} {url}
  Cursor        in .cursor/mcp.json: {cursor}
  VS Code       code --add-mcp '{code}'
  Inspector     npx @modelcontextprotocol/inspector --transport http --server-url {url}
  ChatGPT       calls from the Internet, so it needs `mcpserver serve` at a public address"""
