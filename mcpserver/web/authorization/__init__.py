"""The authorization endpoint and the pages on which a person decides.

A request comes to ``authorize`` (or first, by a back channel, to ``par``), which shows the sign-in page or the
consent form (``consent_form``); ``consent`` takes the decision; ``authorization_response`` sends the answer to the
client. ``device`` does the same for a device, ``end_session`` signs out. ``parts`` has the keys of what they use.

It may import ``oauth.authorize``, ``oauth.limits``, ``oauth.protocol``, ``web.http``, ``web.pages`` and the value
modules at the top of ``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .parts import DECIDER, HINTS, RESOURCES

__all__ = ["DECIDER", "HINTS", "RESOURCES"]
