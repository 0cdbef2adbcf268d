"""Results of handlers that are shown as content, without a schema: text, images, links and other values, as far as
the declared type names them.
"""

from collections.abc import Iterable
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from attrs import frozen

from ..codec import Codec, codec_of
from ..protocol import CONTENT, SHOWN, Block, Text, ToolResult, block_of
from .functions import NO_ANNOTATION

ANYTHING = (Any, NO_ANNOTATION, object)
"""Types that declare nothing: any value is shown."""
_FREE = (*ANYTHING, None, NoneType, str, ToolResult, *CONTENT)
_LISTS = (list, tuple)


def is_free(kind: Any) -> bool:
    """Whether values of the type are shown as content, without a schema."""
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
    """Converts values of one type to content blocks.

    ``blocks`` are the content classes that the type names. ``whole`` and ``item`` are the codecs of its other types,
    for a single value and for an item in a list of content; None if there are none.
    """

    blocks: tuple[Any, ...]
    whole: Codec | None
    item: Codec | None

    def blocks_of(self, value: Any) -> list[Block]:
        """The content blocks of a value. Raises TypeError for a value that the type does not name."""
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
    """The converter of a type for which ``is_free`` is true.

    Raises TypeError when one of its types that are not content has no form in JSON.
    """
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
    """The codec of the types that are not content, None without any."""
    data = [each for each in kinds if each not in (*SHOWN, None, NoneType, ToolResult, ...)]
    return codec_of(Union[tuple(data)], writes=True) if data else None  # noqa: UP007 - of a list


def _written(codec: Codec | None, value: Any) -> Block:
    if codec is None:
        raise TypeError(
            f"the result does not have the declared type: a value of the type {type(value).__qualname__} was not "
            "declared"
        )
    return Text(codec.write(value).decode()).block()
