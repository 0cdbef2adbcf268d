"""Requests that make a row are counted by where they come from."""

from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from mcpbase.sign_in import Throttle

from ...oauth.protocol import BearerError, OAuthError, TemporarilyUnavailable
from .client_address import peer_address


@contextmanager
def counted(request: web.Request, throttle: Throttle) -> Iterator[None]:
    """Count a request that is carried out or refused; one that a fault of ours ends costs its sender nothing.

    Raises Throttled.
    """
    with throttle.attempt("", peer_address(request)) as attempt:
        try:
            yield
        except TemporarilyUnavailable:
            raise
        except (OAuthError, BearerError):
            attempt.confirm()
            raise
        attempt.confirm()
