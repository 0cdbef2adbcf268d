"""The command line of this package."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from .mutants import TOP, load_mutants
from .runner import PASSED, PATIENCE, Verdict, run_tests, try_all


def main(arguments: Sequence[str]) -> int:
    """0 when every protection was missed by a test, 1 when not, or when the tests fail with all protections in place."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Take out each protection; a test must notice.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="only those whose file, row or rule contains it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at a time")
    options = parser.parse_args(arguments)
    mutants = [mutant for mutant in load_mutants() if mutant.matches(tuple(options.words))]
    if not mutants:
        print("No protection is listed under these words.", file=sys.stderr)
        return 1
    tests = sorted({test for mutant in mutants for test in mutant.tests})
    print(f"{len(mutants)} protections, {len(tests)} tests that watch over them.", flush=True)
    code, output = run_tests(tests, TOP, PATIENCE * len(tests))
    if code != PASSED:
        print(f"{output}\nThe tests fail with all protections in place.", file=sys.stderr)
        return 1
    begun = time.monotonic()
    missed = [verdict for verdict in try_all(mutants, options.jobs, _tell) if not verdict.noticed]
    for verdict in missed:
        print(f"\nNothing noticed that this was taken out: {verdict.mutant}\n{verdict.output}", file=sys.stderr)
    print(f"{len(mutants) - len(missed)} of {len(mutants)} were noticed, in {time.monotonic() - begun:.0f} s.")
    return int(bool(missed))


def _tell(verdict: Verdict) -> None:
    print(f"{'noticed ' if verdict.noticed else 'MISSED  '} {verdict.mutant}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
