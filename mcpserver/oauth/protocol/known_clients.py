"""Widely used clients, as their makers described them on the day that ``known_clients.json`` names; ``seen`` says
where.

With these, an outage of a maker's site does not matter, and the consent page says that the client is known. An entry
without redirect URIs is known by its address only: its document differs from server to server, has keys that change, or
was not read.

A ``*`` in a client id stands for the one path segment that the maker chooses for each server; in its redirect URIs it
stands for the same text.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

_CHOSEN = "([A-Za-z0-9_-]{1,128})"

Document = Mapping[str, Any]


@cache
def _snapshot() -> Any:
    return json.loads((resources.files(__package__) / "known_clients.json").read_text("utf-8"))


@cache
def known_clients() -> Mapping[str, Document]:
    """Return the documents by client id; an id with a ``*`` stands for many."""
    return MappingProxyType({document["client_id"]: document for document in _snapshot()["clients"]})


@cache
def native_schemes() -> tuple[str, ...]:
    """Return the URI schemes of programs that people are sent back to."""
    return tuple(entry["scheme"] for entry in _snapshot()["native_schemes"])


def known_document(client_id: str) -> Document | None:
    """Return the document of a client id; None when the list does not have it. Ids are compared as strings."""
    if "*" in client_id:
        return None
    if client_id in known_clients():
        return known_clients()[client_id]
    return next(_filled_in(client_id), None)


def is_known(client_id: str) -> bool:
    return known_document(client_id) is not None


def _filled_in(client_id: str) -> Iterator[Document]:
    for pattern, document in known_clients().items():
        match = re.fullmatch(re.escape(pattern).replace(r"\*", _CHOSEN), client_id) if "*" in pattern else None
        if match is not None:
            redirects = (
                {"redirect_uris": [uri.replace("*", match[1]) for uri in document["redirect_uris"]]}
                if "redirect_uris" in document
                else {}
            )
            yield {**document, "client_id": client_id, **redirects}
