"""Clients that many people use, as their makers described them on the day that ``known_clients.json`` names.

An outage at their makers' is none here, and the consent page says that they are known. One without redirect URIs says different things to
different servers, or keeps keys that change: it is known by its address, and nothing is said in its place.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType


@cache
def known_clients() -> Mapping[str, Mapping[str, object]]:
    """The documents, by client id."""
    snapshot = json.loads((resources.files(__package__) / "known_clients.json").read_text("utf-8"))
    return MappingProxyType({document["client_id"]: document for document in snapshot["clients"]})


def is_known(client_id: str) -> bool:
    return client_id in known_clients()
