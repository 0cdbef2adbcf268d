"""What a text of JSON may hold is told from its bytes; whatever is counted so, a decoder must count likewise."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcpbase.json_bounds import (
    DEEPEST,
    LONGEST_NUMBER,
    MOST_PARTS,
    TooManyParts,
    Unreadable,
    has_doubled_name,
    require_bounded,
)

TEXT = st.text(st.characters(codec="utf-8") | st.sampled_from('\\"[]{},:0'), max_size=8)
JSON = st.recursive(
    st.none() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(TEXT, inner, max_size=6),
    max_leaves=40,
)


def parts(value: Any) -> int:
    """Commas and colons, and three for each list and object, outside of strings: as ``require_bounded`` counts."""
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    if inner is None:
        return 0
    names = len(value) if isinstance(value, dict) else 0
    return 3 + max(len(inner) - 1, 0) + names + sum(map(parts, inner))


def depth(value: Any) -> int:
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(JSON, st.booleans(), st.sampled_from([None, 1]))
def test_what_is_in_strings_does_not_count(value: Any, escaped: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=escaped, indent=indent).encode()
    require_bounded(text, parts(value), depth(value))
    assert not has_doubled_name(text, msgspec.json.decode(text))


@given(JSON)
def test_one_part_too_many_is_noticed(value: Any) -> None:
    if parts(value):
        with pytest.raises(TooManyParts):
            require_bounded(json.dumps(value).encode(), parts(value) - 1, 1000)


@given(JSON)
def test_one_level_too_many_is_noticed(value: Any) -> None:
    if depth(value):
        with pytest.raises(Unreadable):
            require_bounded(json.dumps(value).encode(), MOST_PARTS, depth(value) - 1)


@given(st.dictionaries(TEXT, JSON, min_size=1), JSON)
def test_doubled_name_is_noticed_at_any_depth(value: dict[str, Any], other: Any) -> None:
    """RFC 8259 section 4."""
    name = json.dumps(next(iter(value)))
    text = f"[{json.dumps(other)}, {{{name}: 1, {json.dumps(value)[1:]}]".encode()
    assert has_doubled_name(text, msgspec.json.decode(text))


@given(st.binary(max_size=200) | st.text(st.sampled_from('\\"[]{},:0 a')).map(str.encode))
def test_any_bytes_have_an_answer(text: bytes) -> None:
    try:
        require_bounded(text, 10, 4)
    except (TooManyParts, Unreadable):
        return


@pytest.mark.parametrize(
    "text",
    [
        b"[" * (DEEPEST + 1),
        b'{"a":' * (DEEPEST + 1),
        b"[" * 1_000_000,
        b"9" * (LONGEST_NUMBER + 1),
        b'["x",-' + b"9" * 5000 + b"]",
    ],
)
def test_endless_text_is_unreadable(text: bytes) -> None:
    """RFC 8259 section 9: an implementation may limit the depth of nesting, and the range and precision of numbers."""
    with pytest.raises(Unreadable):
        require_bounded(text)


@pytest.mark.parametrize(
    "text",
    [
        b'"' + b"9" * 5000 + b'"',
        b'["\\"' + b"9" * 5000 + b'\\\\"]',
        b'"' + b"[" * 500_000 + b'"',
        b'{"' + b"," * 500_000 + b'":0}',
    ],
)
def test_long_string_is_a_string_whatever_is_in_it(text: bytes) -> None:
    require_bounded(text)
