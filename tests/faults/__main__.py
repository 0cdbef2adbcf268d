"""``python -m tests.faults SCENARIO [--rounds N]``."""

import argparse
import asyncio
import tempfile
from pathlib import Path

from .scenarios import SCENARIOS

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--rounds", type=int, default=3, help="how many faults (default: 3)")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(asyncio.run(SCENARIOS[asked.scenario](Path(folder), asked.rounds)))  # type: ignore[arg-type]
