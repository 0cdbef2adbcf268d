"""Documents from the network, as the core asks for them: one at a time, in bounds, from a fetcher that it is handed."""

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen


@frozen
class Fetched:
    """``headers`` by lower-case name; ``body`` as it is after any compression was undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class FetchError(Exception):
    """The document cannot be had. The reason is for the log: told to whoever named the address, it would let them look around in our network."""


class Fetcher(Protocol):
    async def get(self, url: str, *, max_size: int) -> Fetched:
        """The answer to one GET, whatever its status; redirects are answers too. ``max_size`` in bytes. Raises FetchError."""

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        """The answer to a form, sent with an Authorization header. Raises FetchError."""

    async def close(self) -> None: ...
