"""The hidden field of a consent form: what was shown, sealed, and bound to one browser session and to the client as
it described itself.
"""

import hmac
import json
from collections.abc import Mapping
from typing import Any

from mcpbase.seal import Seal

from ..clients import digest_of
from ..protocol import Client


class OtherSession(Exception):
    """The form was shown in another browser session."""


def seal_form(seal: Seal, values: Mapping[str, object], client: Client, *, session: bytes, purpose: str) -> str:
    """``values`` are what JSON can hold; ``session`` is the digest of the browser session that the form is shown in."""
    carried = {**values, "client": digest_of(client), "session": session.hex()}
    return seal.seal(json.dumps(carried).encode(), purpose=purpose)


def open_form(seal: Seal, text: str, *, session: bytes, purpose: str) -> dict[str, Any]:
    """The values, with the digest of the client under ``client``. Raises SealBroken or OtherSession."""
    carried: dict[str, Any] = json.loads(seal.open(text, purpose=purpose))
    if not hmac.compare_digest(bytes.fromhex(carried["session"]), session):
        raise OtherSession("shown in another session")
    return carried
