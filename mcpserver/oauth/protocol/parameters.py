"""Request parameters as OAuth reads them: an empty one is absent, none may be repeated (OAuth 2.1 section 3.1)."""

from collections.abc import Iterable, Iterator

from .errors import InvalidRequest


class Parameters:
    """The decoded pairs of a query or a form, in their order."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            if value:
                self._values.setdefault(name, []).append(value)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def pairs(self) -> list[tuple[str, str]]:
        """Return all pairs, values of one name together."""
        return [(name, value) for name, values in self._values.items() for value in values]

    def all(self, name: str) -> list[str]:
        return list(self._values.get(name, ()))

    def one(self, name: str) -> str | None:
        """Return the value, or None when absent. Raises InvalidRequest when it is repeated."""
        values = self._values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise InvalidRequest(f"The parameter {name} was sent more than once.")
        return values[0]

    def require(self, name: str) -> str:
        """Return the value. Raises InvalidRequest when it is absent."""
        value = self.one(name)
        if value is None:
            raise InvalidRequest(f"The parameter {name} is missing.")
        return value
