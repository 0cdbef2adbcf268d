"""Time and chance, handed in as values so that tests can choose them."""

import base64
import secrets
import time
from collections.abc import Callable

from attrs import frozen


@frozen
class Sources:
    """``now`` gives epoch seconds as a float, for instants that are kept or shown; ``token_bytes`` gives that many random bytes.

    ``monotonic`` gives seconds from an arbitrary start, for every duration that lives in this process: setting the machine's clock
    does not move it.
    """

    now: Callable[[], float] = time.time
    token_bytes: Callable[[int], bytes] = secrets.token_bytes
    monotonic: Callable[[], float] = time.monotonic

    def token(self) -> str:
        """256 random bits as 43 URL-safe characters: enough for a state, a PKCE verifier (RFC 7636 section 4.1) or a session."""
        return base64.urlsafe_b64encode(self.token_bytes(32)).rstrip(b"=").decode()
