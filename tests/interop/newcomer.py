"""``python -m tests.interop.newcomer PORT DATABASE``: the server of examples/greetings.py, on a port and a database of the tests' own."""

import sys

from aiohttp import web

from examples.greetings import server
from mcpserver.app import create_app
from mcpserver.settings import Settings

if __name__ == "__main__":
    port, database = int(sys.argv[1]), sys.argv[2]
    web.run_app(create_app(Settings(port=port, database=database), server=server), host="127.0.0.1", port=port)
