"""The command line of this package."""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from .mutants import load_mutants
from .runner import Verdict, open_runner


def main(arguments: Sequence[str]) -> int:
    """0 when a test noticed each mutant, 1 when not, or when the tests fail with all protections in place."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description="Take out each protection; a test must notice."
    )
    parser.add_argument("words", nargs="*", metavar="WORD", help="only those whose file, row or rule contains it")
    parser.add_argument(
        "--jobs",
        type=int,
        default=2 * (os.cpu_count() or 1),
        metavar="N",
        help="how many at a time; where something is missing, many tests wait in vain",
    )
    options = parser.parse_args(arguments)
    mutants = [mutant for mutant in load_mutants() if mutant.matches(tuple(options.words))]
    if not mutants:
        print("No protection is listed under these words.", file=sys.stderr)
        return 1
    begun = time.monotonic()
    with open_runner(min(options.jobs, len(mutants))) as runner:
        print(f"{len(mutants)} protections; their tests with all of them in place first.", flush=True)
        if failures := runner.failures(mutants):
            print(*failures, "The tests fail with all protections in place.", sep="\n", file=sys.stderr)
            return 1
        missed = [verdict for verdict in runner.try_all(mutants, _tell) if not verdict.noticed]
    for verdict in missed:
        print(f"\nNothing noticed that this was taken out: {verdict.mutant}\n{verdict.output}", file=sys.stderr)
    for verdict in missed:
        _tell(verdict)
    print(f"{len(mutants) - len(missed)} of {len(mutants)} were noticed, in {time.monotonic() - begun:.0f} s.")
    return int(bool(missed))


def _tell(verdict: Verdict) -> None:
    print(f"{'noticed ' if verdict.noticed else 'MISSED  '} {verdict.seconds:4.0f} s  {verdict.mutant}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
