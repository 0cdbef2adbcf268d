"""Addresses of the frames that show tools' own pages.

Code in a frame can read the frame's address, so the address does not contain the secret path of the pages.
"""

from collections import OrderedDict

from aiohttp import web
from attrs import define, field

from ...storage import Integration

MOST = 100


@define
class Frames:
    """The frames that were shown, by random token: code that runs in a frame can read its own address.

    At most MOST are kept; the oldest is dropped first.
    """

    _shown: "OrderedDict[str, tuple[str, bytes, str]]" = field(factory=OrderedDict, repr=False)

    def address(self, token: str, integration: Integration, tool: str) -> str:
        self._shown[token] = (integration.id, integration.owner, tool)
        if len(self._shown) > MOST:
            self._shown.popitem(last=False)
        return f"/frame/{token}"

    def find(self, token: str) -> tuple[str, bytes, str]:
        """The integration's id, its owner and the tool's name. Raises HTTPNotFound for an unknown token."""
        if token not in self._shown:
            raise web.HTTPNotFound
        return self._shown[token]


FRAMES: web.AppKey[Frames] = web.AppKey("frames", Frames)
