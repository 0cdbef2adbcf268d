"""Mutation testing of the protections: each is taken out, one at a time, and a test of its row must fail.

``python -m tests.mutation [WORD ...]`` runs those of ``tests/attacks/mutants/*.toml`` whose file, row or rule contains
one of the words (all without a word), ``--jobs N`` of them at a time. Exit code 1 names every protection that nothing
missed.
"""

from .mutants import Mutant, MutantError, load_mutants
from .runner import Runner, Verdict, open_runner

__all__ = ["Mutant", "MutantError", "Runner", "Verdict", "load_mutants", "open_runner"]
