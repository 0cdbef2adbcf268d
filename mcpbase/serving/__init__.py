"""Serving connections and bodies within bounds, so that slow, silent or numerous clients do not shut others out.

A connection passes ``doorway``, which accepts it while there are descriptors; ``crowd`` and ``connections`` bound how
many there are, in all and from one address, and end those that wait longest; ``connection`` gives each a deadline for
its head; ``bodies`` refuses bodies that announce to be too large, and bounds the rest in time (``mcpbase.bounded``
bounds bytes where a route reads). ``limits`` has the bounds of connections, ``site`` joins all of it at a port,
``signature`` names the program in the ``Server`` header, ``files`` serves static files, ``templates`` compiles pages,
``descriptors`` raises how many may be open, ``seldom`` limits repeated log lines.

It may import the value modules at the top of ``mcpbase``, and neither program.
"""

from .bodies import (
    HANDLER_ARGS,
    BodyTooSlow,
    CompressedBody,
    arriving,
    attending,
    body_rules,
    is_compressed,
    is_too_large,
    plain_refusals,
    require_plain,
)
from .files import Files
from .limits import LOOPBACK, Limits
from .signature import sign
from .site import listening
from .templates import setup_templates

__all__ = [
    "HANDLER_ARGS",
    "LOOPBACK",
    "BodyTooSlow",
    "CompressedBody",
    "Files",
    "Limits",
    "arriving",
    "attending",
    "body_rules",
    "is_compressed",
    "is_too_large",
    "listening",
    "plain_refusals",
    "require_plain",
    "setup_templates",
    "sign",
]
