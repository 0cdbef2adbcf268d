"""The protocol for fetching documents from the network, within bounds."""

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen


@frozen
class Fetched:
    """A response. ``headers`` by lower-case name; ``body`` after any compression was undone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class FetchError(Exception):
    """The document cannot be fetched. The reason is for the log only: it would tell who named the address about this
    network.
    """


class Fetcher(Protocol):
    async def get(self, url: str, *, max_size: int) -> Fetched:
        """Return the response to a GET, whatever its status; redirects are not followed. ``max_size`` in bytes. Raises
        FetchError.
        """

    async def post(self, url: str, form: Mapping[str, str], *, authorization: str, max_size: int) -> Fetched:
        """Return the response to a form, sent with an Authorization header. Raises FetchError."""

    async def close(self) -> None: ...
