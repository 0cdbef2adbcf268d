"""Addresses of the frames for tools' own pages. Code in a frame can read its address, so the secret path of the pages
is not in it.
"""

from collections import OrderedDict

from aiohttp import web
from attrs import define, field

from ...models import Integration

MOST = 100


@define
class Frames:
    """The frames that were shown, by addresses that say nothing: what runs in one can read its own address.

    The oldest of MOST makes room.
    """

    _shown: "OrderedDict[str, tuple[str, bytes, str]]" = field(factory=OrderedDict, repr=False)

    def address(self, token: str, integration: Integration, tool: str) -> str:
        self._shown[token] = (integration.id, integration.owner, tool)
        if len(self._shown) > MOST:
            self._shown.popitem(last=False)
        return f"/frame/{token}"

    def find(self, token: str) -> tuple[str, bytes, str]:
        """Integration, owner and tool. Raises HTTPNotFound."""
        if token not in self._shown:
            raise web.HTTPNotFound
        return self._shown[token]


FRAMES: web.AppKey[Frames] = web.AppKey("frames", Frames)
