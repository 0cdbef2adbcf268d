"""Structured results, as something to read."""

from typing import Any

import pytest

from webclient.results import structured


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["a", "b"], [{"kind": "items", "name": "", "items": ["a", "b"]}]),
        ([1, None, True], [{"kind": "items", "name": "", "items": ["1", "-", "yes"]}]),
        (
            {"total": 2, "tags": ["a", "b"]},
            [{"kind": "pairs", "pairs": [("total", "2")]}, {"kind": "items", "name": "tags", "items": ["a", "b"]}],
        ),
        ([{"tags": ["a", "b"]}], [{"kind": "table", "name": "", "columns": ["tags"], "rows": [["a, b"]]}]),
        ([], [{"kind": "empty", "name": ""}]),
    ],
)
def test_lists_are_lists(value: Any, shown: list[dict[str, Any]]) -> None:
    assert structured(value) == shown


@pytest.mark.parametrize("value", [[["a"], ["b"]], list(range(1000))])
def test_what_is_deep_or_long_stays_json(value: Any) -> None:
    assert [each["kind"] for each in structured(value)] == ["json"]
