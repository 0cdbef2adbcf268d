"""What the handlers of this room use beside the parts of all (``web.http.parts``)."""

from aiohttp import web

from ...oauth.authorize import Decider, Hints
from ...oauth.protocol import Resources

DECIDER: web.AppKey[Decider] = web.AppKey("decider", Decider)
"""Its store and seal are those of the service."""
RESOURCES: web.AppKey[Resources] = web.AppKey("resources", Resources)
HINTS: web.AppKey[Hints] = web.AppKey("hints", Hints)
"""Not there without OpenID Connect."""
