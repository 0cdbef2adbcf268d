"""A key from the server's owner, sent in place of a sign-in: as a bearer token, or in another header (RFC 6750 section
2.1).
"""

import re
from collections.abc import Awaitable, Callable, Mapping

from attrs import define

from ..addresses import origin_of
from ..cause_code import CauseCode
from ..errors import FlowError
from ..trace import CLIENT, Chapter, Trace
from .protocol import Refusal

NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}")
VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
SHORTEST, LONGEST = 8, 8000
OURS = frozenset(
    {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "dpop",
        "expect",
        "keep-alive",
    }
)
OURS |= {"last-event-id", "origin", "te", "trailer", "transfer-encoding", "upgrade", "user-agent"}
"""Headers that the client sets itself, in addition to those that begin with Mcp-."""


class UnusableHeader(ValueError):
    """A header cannot be sent; the message is one sentence."""


def read_header(name: str, value: str) -> dict[str, str]:
    """The header as it will be sent; without a name it is a bearer token. Raises UnusableHeader."""
    name, value = name.strip() or "Authorization", value.strip()
    if not NAME.fullmatch(name) or name.lower() in OURS or name.lower().startswith("mcp-"):
        raise UnusableHeader("This header cannot carry a key.")
    if not VALUE.fullmatch(value) or not SHORTEST <= len(value) <= LONGEST:
        raise UnusableHeader(f"A key must be one line of {SHORTEST} to {LONGEST:,} printable ASCII characters.")
    bare = name.lower() == "authorization" and " " not in value
    return {name: f"Bearer {value}" if bare else value}


class KeyRefused(FlowError):
    """The server refuses the key; only another key helps."""

    def __init__(self, told: str) -> None:
        said = f" It says: {told}{'' if told[-1] in '.!?…' else '.'}" if told else ""
        super().__init__(f"The MCP server refuses the key that you entered.{said}", CauseCode.KEY_REFUSED)


@define
class FixedAuthorizer:
    """Sends the headers that ``find`` returns with every request to the origin of ``url`` and to no other; they are
    masked in the ``trace``.
    """

    find: Callable[[], Awaitable[Mapping[str, str]]]
    url: str
    trace: Trace

    async def headers(self, method: str, url: str) -> Mapping[str, str]:
        if origin_of(url) != origin_of(self.url):
            return {}
        found = await self.find()
        masker = self.trace.store.masker(self.trace.integration_id)
        for value in found.values():
            masker.typed("key", value)
            masker.typed("key", value.rpartition(" ")[2])
        return found

    async def refused(self, refusal: Refusal) -> None:
        if not refusal.headers:
            raise refusal.for_a_person
        async with self.trace.hop(
            CLIENT, CLIENT, Chapter.ENTERING, "The key is refused", rule="RFC 9110 section 15.5.2"
        ):
            raise KeyRefused(refusal.told)

    def learn(self, url: str, nonce: str) -> None:
        """Ignored: a fixed key is not bound to a nonce."""
