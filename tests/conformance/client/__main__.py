"""One scenario of the suite: its name comes in the environment, its server's address as the only argument."""

import asyncio
import os
import sys

from . import protocol, signing_in

SCENARIOS = {**protocol.SCENARIOS, **signing_in.SCENARIOS}

asyncio.run(SCENARIOS[os.environ["MCP_CONFORMANCE_SCENARIO"]](sys.argv[1]))
