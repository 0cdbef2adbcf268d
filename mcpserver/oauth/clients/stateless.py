"""Client ids that contain the whole registration of a public client, which is stored only once somebody consents.

The id consists of the registration and a MAC of it. The same registration has the same id: RFC 7591 section 3.2.1
permits one id for many instances of a client, and calls ``client_id_issued_at`` the time at which the id was issued,
which here is the time of each response.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from mcpbase import base64url
from mcpbase.seal import Seal

from ...sources import Sources
from ..protocol import STATELESS, Client, ClientKind

LONGEST = 1024
"""Characters of an id: it travels in addresses. A usual one has 150 to 400."""
_MAC = 16
"""Bytes of the MAC."""
_PURPOSE = "stateless client id"


@frozen
class StatelessClients:
    """Issues and reads the ids, with a key that is derived from the secret of the installation.

    A service without open registration (RFC 7591) reads none of them, so that only stored clients exist.
    """

    seal: Seal
    sources: Sources

    def issue(self, described: Mapping[str, Any]) -> str | None:
        """Return the id of a public client; the same for the same metadata. None when it would be too long.

        ``described`` has the fields of ``Client`` by name, as ``describe`` returns them.
        """
        members = [described["name"], described["redirect_uris"], described["grant_types"], described["metadata"]]
        text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        registration = base64url.encode(text.encode())
        client_id = f"{STATELESS}{registration}.{self._mac(registration)}"
        return client_id if len(client_id) <= LONGEST else None

    def read(self, client_id: str) -> Client | None:
        """Return the client that an id describes; None if it was not issued here.

        ``created_at`` is the current time, because the id does not contain the time of the registration.
        """
        registration, _, mac = client_id.removeprefix(STATELESS).partition(".")
        if (
            not client_id.startswith(STATELESS)
            or len(client_id) > LONGEST
            or not client_id.isascii()
            or not hmac.compare_digest(mac, self._mac(registration))
        ):
            return None
        name, redirect_uris, grant_types, metadata = json.loads(base64url.decode(registration))
        return Client(
            id=client_id,
            name=name,
            redirect_uris=tuple(redirect_uris),
            kind=ClientKind.SELF_REGISTERED,
            created_at=self.sources.now(),
            grant_types=tuple(grant_types),
            metadata=metadata,
        )

    def _mac(self, registration: str) -> str:
        return base64url.encode(self.seal.mac(registration.encode(), purpose=_PURPOSE)[:_MAC])
