"""docs/security.md and the tests of this folder say the same."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parent.parent / "docs" / "security.md"


def tested() -> set[str]:
    """The ids in the names of tests: ``test_a1_...`` is A1."""
    source = "\n".join(path.read_text() for path in FOLDER.glob("test_*.py"))
    return {name.upper() for name in re.findall(r"def test_([a-z]\d+)_", source)}


def documented() -> list[str]:
    """The ids in the first column of the document's tables."""
    return re.findall(r"^\| ([A-Z]\d+) \|", DOCUMENT.read_text(), re.MULTILINE)


def test_every_row_of_the_security_document_is_proven_by_a_test() -> None:
    assert sorted(set(documented()) - tested()) == []


def test_every_attack_that_is_tested_has_its_row_in_the_security_document() -> None:
    assert sorted(tested() - set(documented())) == []


def test_no_row_stands_in_the_security_document_twice() -> None:
    assert sorted(documented()) == sorted(set(documented()))
