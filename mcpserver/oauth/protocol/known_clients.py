"""Clients that many people use, as their makers described them on the day that ``known_clients.json`` names; ``seen`` says where.

An outage at their makers' is none here, and the consent page says that they are known. One without redirect URIs says different things to
different servers, or keeps keys that change, or its document was not read: it is known by its address, and nothing is said in its place.

A ``*`` in a client id stands for the one segment of the path that its makers choose for each server, and in its redirect URIs for the same.
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
    """The documents, by client id; ids with a ``*`` stand for many."""
    return MappingProxyType({document["client_id"]: document for document in _snapshot()["clients"]})


@cache
def native_schemes() -> tuple[str, ...]:
    """URI schemes of programs that people are sent back to."""
    return tuple(entry["scheme"] for entry in _snapshot()["native_schemes"])


def known_document(client_id: str) -> Document | None:
    """What its makers said at that address; None for a client that is not in the list, compared as a string."""
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
            redirects = {"redirect_uris": [uri.replace("*", match[1]) for uri in document["redirect_uris"]]} if "redirect_uris" in document else {}
            yield {**document, "client_id": client_id, **redirects}
