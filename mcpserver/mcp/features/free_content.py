"""What a handler shows without a schema: text, pictures, links and what else its declared type names, and nothing
else.
"""

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from attrs import frozen

from ..codec import Codec, codec_of
from ..protocol import CONTENT, SHOWN, Block, Text, ToolResult, block_of
from .functions import NO_ANNOTATION

ANYTHING = (Any, NO_ANNOTATION, object)
"""Types that declare nothing: whatever comes is shown."""
_FREE = (*ANYTHING, None, NoneType, str, ToolResult, *CONTENT)
_LISTS = (list, tuple)


def is_free(kind: Any) -> bool:
    """Whether a value of that type is shown as content, without a schema."""
    if kind in _FREE:
        return True
    parts = get_args(kind)
    return get_origin(kind) is not dict and any(
        part in CONTENT or part is ToolResult or (get_args(part) and _is_free_part(part)) for part in parts
    )


def _is_free_part(kind: Any) -> bool:
    return any(part in CONTENT or _is_free_part(part) for part in get_args(kind))


@frozen
class FreeContent:
    """``blocks`` are the classes of content that the type names, ``whole`` and ``item`` what it names besides, alone
    and in a list of content.
    """

    blocks: tuple[Any, ...]
    whole: Codec | None
    item: Codec | None

    def blocks_of(self, value: Any) -> list[Block]:
        """Raises TypeError for a value that the type does not name."""
        if value is None:
            return [Text("").block()]
        if isinstance(value, self.blocks):
            return [block_of(value)]
        if isinstance(value, _LISTS) and (
            self.item is not None or all(isinstance(each, self.blocks) for each in value)
        ):
            return [block_of(each) if isinstance(each, self.blocks) else _written(self.item, each) for each in value]
        return [_written(self.whole, value)]


def free_content(kind: Any) -> FreeContent:
    """Of a type that is free. Raises TypeError for one whose other members have no form in JSON."""
    if kind in ANYTHING:
        return FreeContent(SHOWN, codec_of(Any, writes=True), None)
    alone = members(kind)
    lists = [each for each in alone if get_origin(each) in _LISTS and is_free(each)]
    inside = [member for each in lists for part in get_args(each) for member in members(part)]
    named = [each for each in (*alone, *inside) if each in SHOWN]
    blocks = SHOWN if ToolResult in alone else tuple(named)
    return FreeContent(blocks, _codec(each for each in alone if each not in lists), _codec(inside))


def members(kind: Any) -> list[Any]:
    return (
        [member for part in get_args(kind) for member in members(part)]
        if get_origin(kind) in (Union, UnionType)
        else [kind]
    )


def _codec(kinds: Iterable[Any]) -> Codec | None:
    """Of what is not content."""
    data = [each for each in kinds if each not in (*SHOWN, None, NoneType, ToolResult, ...)]
    return codec_of(Union[tuple(data)], writes=True) if data else None  # noqa: UP007 - of a list


def _written(codec: Codec | None, value: Any) -> Block:
    if codec is None:
        raise TypeError(
            f"the result does not have the declared type: a value of the type {type(value).__qualname__} was not "
            "declared"
        )
    return Text(codec.write(value).decode()).block()
