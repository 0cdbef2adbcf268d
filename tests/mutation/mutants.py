"""What is taken out: the entries of tests/attacks/mutants/*.toml."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

TOP = Path(__file__).parents[2]
FOLDER = TOP / "tests" / "attacks" / "mutants"


class MutantError(ValueError):
    """An entry that cannot be tried, in one sentence."""


@frozen
class Mutant:
    """``find`` stands once in ``file`` (from the top of the checkout) and becomes ``replace``; one of ``tests`` must
    fail then.

    ``row`` is a row of docs/security.md, or a word for what has no row there; ``rule`` says what is protected.
    """

    source: str
    row: str
    rule: str
    file: str
    find: str
    replace: str
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.row}: {self.rule} ({self.source}, {self.file})"

    def matches(self, words: tuple[str, ...]) -> bool:
        return not words or any(
            word in text for word in words for text in (self.source, self.row, self.rule, self.file)
        )

    def applied_to(self, text: str) -> str:
        """The file's text without the protection.

        Raises MutantError when ``find`` does not stand in it exactly once.
        """
        count = text.count(self.find)
        if count != 1:
            raise MutantError(
                f"{self}: what is to be found stands {count} times in {self.file}; it must stand there once."
            )
        return text.replace(self.find, self.replace)


def load_mutants(folder: Path = FOLDER) -> list[Mutant]:
    """Every entry, file by file. Raises MutantError."""
    return [mutant for path in sorted(folder.glob("*.toml")) for mutant in _read(path)]


def _read(path: Path) -> Iterator[Mutant]:
    for number, entry in enumerate(tomllib.loads(path.read_text("utf-8"))["mutant"], 1):
        try:
            yield Mutant(path.stem, **{**entry, "tests": tuple(entry["tests"])})
        except (TypeError, KeyError) as error:
            raise MutantError(f"{path.name}, entry {number}: {error}") from None
