"""Tries mutants, several at a time, each process with a copy of the checkout of its own."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context

from attrs import frozen

from .mutants import Mutant
from .trial import FAILED, PASSED, PATIENCE, try_mutant, try_untouched

SHARES = 3
"""For each process, of the tests that run with all protections in place: some shares take longer than others."""


@frozen
class Verdict:
    """``noticed``: a test failed without the protection.

    ``output`` is what pytest wrote; ``seconds`` is how long it took.
    """

    mutant: Mutant
    noticed: bool
    output: str
    seconds: float = 0


@frozen
class Runner:
    """``jobs`` processes, each of which tries one mutant after the other in the copy that it has in ``folder``, for
    ``patience`` seconds at most.
    """

    pool: ProcessPoolExecutor
    jobs: int
    folder: str
    patience: float

    def try_all(
        self, mutants: Sequence[Mutant], tell: Callable[[Verdict], None] = lambda verdict: None
    ) -> list[Verdict]:
        """Try every mutant; ``tell`` hears of each when it is done. Raises MutantError for one that cannot be tried."""
        trials = {self.pool.submit(try_mutant, mutant, self.folder, self.patience): mutant for mutant in mutants}
        verdicts = {}
        for trial in as_completed(trials):
            outcome, mutant = trial.result(), trials[trial]
            noticed = outcome.code == FAILED and "\nFAILED" in f"\n{outcome.output}"
            verdicts[mutant] = Verdict(mutant, noticed, outcome.output, outcome.seconds)
            tell(verdicts[mutant])
        return [verdicts[mutant] for mutant in mutants]

    def failures(self, mutants: Sequence[Mutant]) -> list[str]:
        """What pytest wrote about tests that fail with all protections in place."""
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        number = min(SHARES * self.jobs, len(tests))
        shares = [tests[share::number] for share in range(number)]
        outcomes = [self.pool.submit(try_untouched, share, self.folder) for share in shares]
        return [outcome.result().output for outcome in outcomes if outcome.result().code != PASSED]


@contextmanager
def open_runner(jobs: int, *, patience: float = PATIENCE) -> Iterator[Runner]:
    with (
        tempfile.TemporaryDirectory(prefix="mutation-") as folder,
        ProcessPoolExecutor(jobs, get_context("spawn")) as pool,
    ):
        try:
            yield Runner(pool, jobs, folder, patience)
        finally:
            pool.shutdown(cancel_futures=True)
