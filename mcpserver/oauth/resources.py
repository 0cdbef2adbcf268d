"""RFC 8707: which resource a token is for. There is one here; a request may name it or leave it out."""

import logging
from collections.abc import Collection

from .errors import InvalidTarget

_log = logging.getLogger(__name__)


def require_resource(asked: Collection[str], resource: str) -> str:
    """RFC 8707 section 2: the resource, compared as a string. Raises InvalidTarget."""
    for value in asked:
        if value != resource:
            _log.warning("resource mismatch: asked for %r, this server is %r", value, resource)
            raise InvalidTarget(f"The resource is unknown here. This server issues tokens for {resource}.", reason=f"resource {value!r}")
    return resource
