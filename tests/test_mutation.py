"""The list of protections that are taken out one by one, and the command that does it."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mutation import Mutant, MutantError, load_mutants, open_runner
from tests.mutation.__main__ import main

TOP = Path(__file__).parent.parent
MUTANTS = load_mutants()
SETTING = "mcpbase/addresses.py"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.source}-{mutant.row}-{MUTANTS.index(mutant)}")
def test_listed_protection_can_be_taken_out(mutant: Mutant) -> None:
    changed = mutant.applied_to((TOP / mutant.file).read_text("utf-8"))
    ast.parse(changed)
    assert mutant.tests
    for test in mutant.tests:
        file, _, name = test.partition("[")[0].partition("::")
        assert name in tests_in(file), test


def test_no_mutant_is_listed_twice() -> None:
    changes = [(mutant.file, mutant.find.strip(), mutant.replace.strip()) for mutant in MUTANTS]
    assert len(set(changes)) == len(changes)


@cache
def tests_in(file: str) -> set[str]:
    """The names after the file's in pytest's ids, without parameters; the file itself has none."""
    nodes: list[tuple[str, ast.AST]] = [("", ast.parse((TOP / file).read_text("utf-8")))]
    names = {""}
    for prefix, node in nodes:
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(prefix + inner.name)
            if isinstance(inner, ast.ClassDef):
                nodes.append((f"{prefix}{inner.name}::", inner))
    return names


def mutant(find: str, replace: str, *tests: str) -> Mutant:
    return Mutant("here", "M2", "Private addresses are refused.", SETTING, find, replace, tests)


def test_protection_that_is_missed_is_told_from_one_that_is_not() -> None:
    rule = "return address in _GLOBAL_UNICAST and address.is_global"
    noticed = mutant(rule, "return address.is_global", "tests/mcpbase/test_addresses.py")
    missed = mutant(rule, f"{rule} and True", "tests/mcpbase/test_addresses.py")
    broken = mutant(rule, f"{rule})", "tests/mcpbase/test_addresses.py")
    with open_runner(jobs=1) as runner:
        verdicts = runner.try_all([noticed, missed, broken])
    assert [verdict.noticed for verdict in verdicts] == [True, False, False], (
        "a module that cannot be imported proves nothing"
    )


def test_mutant_with_which_the_tests_hang_is_noticed() -> None:
    hanging = mutant(
        "        parsed = ip_address(address)",
        "        while True:\n            pass",
        "tests/mcpbase/test_addresses.py",
    )
    with open_runner(jobs=1, patience=3) as runner:
        (verdict,) = runner.try_all([hanging])
    assert verdict.noticed
    assert "not done after 3 s" in verdict.output


def test_mutant_that_takes_all_memory_is_noticed() -> None:
    """One took 24 GB once, and the machine killed what it liked."""
    greedy = mutant(
        "        parsed = ip_address(address)", "        b'x' * (4 << 30)", "tests/mcpbase/test_addresses.py"
    )
    killed = mutant(
        "        parsed = ip_address(address)", "        __import__('os').abort()", "tests/mcpbase/test_addresses.py"
    )
    with open_runner(jobs=1) as runner:
        verdicts = runner.try_all([greedy, killed])
    assert all(verdict.noticed for verdict in verdicts)
    assert "ended by SIGABRT" in verdicts[1].output


def test_entry_that_fits_nowhere_is_an_error() -> None:
    with pytest.raises(MutantError, match="stands 0 times in"):
        mutant("no such line", "", "tests/mcpbase/test_addresses.py").applied_to((TOP / SETTING).read_text("utf-8"))


def test_entry_with_a_wrong_key_is_named(tmp_path: Path) -> None:
    (tmp_path / "some.toml").write_text('[[mutant]]\nrow = "A1"\ntests = []\nwhy = ""\n')
    with pytest.raises(MutantError, match=r"some\.toml, entry 1"):
        load_mutants(tmp_path)


def test_unknown_word_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no such protection"]) == 1
    assert "No protection is listed under these words." in capsys.readouterr().err
