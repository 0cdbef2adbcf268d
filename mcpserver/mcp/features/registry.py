"""Registries of features by key, in order of registration, and their lists in pages (MCP 2026-07-28, utilities:
pagination).
"""

from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

import msgspec

from mcpbase.seal import Seal, SealBroken

from ..interaction import Context
from ..protocol import InvalidParams, Result
from .access import Access


class Entry(Protocol):
    @property
    def access(self) -> Access: ...

    def definition(self, *, objects_only: bool) -> Result:
        """The entry as shown in lists; ``objects_only`` is for revisions before 2026-07-28, whose structured results
        are always objects.
        """


E = TypeVar("E", bound=Entry)


class Registry(Generic[E]):
    """Entries by key.

    ``noun`` names an entry in messages. ``changed`` is called whenever an entry is added or removed. ``require_key``
    raises ValueError for an invalid key.
    """

    def __init__(
        self, noun: str, changed: Callable[[], None], require_key: Callable[[str], None] = lambda key: None
    ) -> None:
        self._noun = noun
        self._changed = changed
        self._require_key = require_key
        self._entries: dict[str, E] = {}
        self._numbers: dict[str, int] = {}
        self._count = 0
        self._encoded: dict[tuple[str, bool], bytes] = {}
        self._pages: dict[tuple[str | None, bool], tuple[msgspec.Raw, str | None]] = {}

    def require_free(self, key: str) -> None:
        """Raises ValueError when the key is taken or invalid."""
        self._require_key(key)
        if key in self._entries:
            raise ValueError(
                f"There is a {self._noun} {key} already: give one of them another name, or remove the first."
            )

    def add(self, key: str, entry: E) -> None:
        """Add an entry. Raises ValueError when the key is taken or invalid."""
        self.require_free(key)
        self._count += 1
        self._entries[key] = entry
        self._numbers[key] = self._count
        self._touch()

    def remove(self, key: str) -> None:
        """Remove an entry. Raises KeyError when there is none."""
        del self._entries[key]
        del self._numbers[key]
        self._touch()

    def find(self, key: object, context: Context | None = None) -> E | None:
        """The entry of a key, None when absent or, given a context, hidden from its caller."""
        entry = self._entries.get(key) if isinstance(key, str) else None
        if entry is None or context is None or entry.access.sees(context.user):
            return entry
        return None

    def __iter__(self) -> Iterator[E]:
        return iter(self._entries.values())

    def items(self) -> list[tuple[str, E]]:
        return list(self._entries.items())

    @property
    def used(self) -> bool:
        """Whether an entry was ever added: if all are removed while the server runs, the list is empty, but the
        feature is still offered.
        """
        return self._count > 0

    @property
    def differs(self) -> bool:
        """Whether the list depends on the caller."""
        return any(entry.access.visible is not None or entry.access.public for entry in self)

    def page(
        self, cursor: object, context: Context, cursors: "Cursors", *, objects_only: bool
    ) -> tuple[msgspec.Raw, str | None]:
        """The encoded definitions of one page, and the cursor of the next page or None.

        Raises InvalidParams for a cursor that this server did not issue for this list.
        """
        if self.differs:
            return self._cut(
                cursor,
                [key for key, entry in self._entries.items() if entry.access.shows_to(context)],
                cursors,
                objects_only,
            )
        if cursor is not None:
            return self._cut(cursor, list(self._entries), cursors, objects_only)
        # The first page is the same for all callers, and is built and encoded once.
        kept = (None, objects_only)
        if kept not in self._pages:
            self._pages[kept] = self._cut(None, list(self._entries), cursors, objects_only)
        return self._pages[kept]

    def _cut(
        self, cursor: object, keys: list[str], cursors: "Cursors", objects_only: bool
    ) -> tuple[msgspec.Raw, str | None]:
        after = cursors.read(self._noun, cursor)
        rest = [key for key in keys if self._numbers[key] > after]
        shown = rest[: cursors.size]
        following = cursors.write(self._noun, self._numbers[shown[-1]]) if len(rest) > len(shown) else None
        return msgspec.Raw(b"[" + b",".join(self._encode(key, objects_only) for key in shown) + b"]"), following

    def _encode(self, key: str, objects_only: bool) -> bytes:
        kept = (key, objects_only)
        if kept not in self._encoded:
            self._encoded[kept] = msgspec.json.encode(self._entries[key].definition(objects_only=objects_only))
        return self._encoded[kept]

    def _touch(self) -> None:
        self._encoded.clear()
        self._pages.clear()
        self._changed()


class Cursors:
    """Sealed cursors: one that was not issued by this server, or for another list, is refused.

    ``size`` is the number of entries in a page.
    """

    def __init__(self, seal: Seal, size: int) -> None:
        self._seal = seal
        self.size = size

    def write(self, noun: str, number: int) -> str:
        return self._seal.seal(str(number).encode(), purpose=f"mcp cursor {noun}")

    def read(self, noun: str, cursor: object) -> int:
        """The number of the last entry already shown, 0 without a cursor. Raises InvalidParams for a forged cursor."""
        if cursor is None:
            return 0
        try:
            return int(self._seal.open(cursor if isinstance(cursor, str) else "", purpose=f"mcp cursor {noun}"))
        except SealBroken as error:
            raise InvalidParams("The cursor is not one that this server gave: start again without it.") from error
