"""``python -m tests.interop.elsewhere MODULE PORT DATABASE``: the ``server`` of a module behind the sign-in, on a
port and a database of the tests.
"""

import sys
from importlib import import_module

from aiohttp import web

from mcpserver.compose.app import create_app
from mcpserver.settings import Settings

if __name__ == "__main__":
    module, port, database = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    web.run_app(
        create_app(Settings(port=port, database=database), server=import_module(module).server),
        host="127.0.0.1",
        port=port,
    )
