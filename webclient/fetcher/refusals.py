"""Errors for addresses that lead into a private network."""

import aiohttp

from mcpbase.resolver import ForbiddenAddress

from ..addresses import MovedInside
from ..cause_code import CauseCode
from ..errors import Unreachable


def private_address(found: str, *, typed: bool) -> Unreachable:
    """The error for a private address. ``typed`` says whether a person may type one."""
    if typed:
        return Unreachable(
            f"{found} a private address that you did not enter, so it was not contacted.", CauseCode.PRIVATE_ADDRESS
        )
    return Unreachable(
        f"{found} a private address, and this web client contacts only public addresses.", CauseCode.PRIVATE_NETWORK
    )


def moved_inside(found: str) -> Unreachable:
    """The error for a typed name that led to the public Internet before and now leads to a private address."""
    return Unreachable(
        f"{found} led to a public address before and leads to a private address now, so it was not contacted.",
        CauseCode.MOVED_INSIDE,
    )


def refusal_of(error: Exception, host: str, *, typed: bool) -> Unreachable | None:
    """The refusal that the resolver raised within ``error``; None for any other error. ``typed`` as in
    private_address().
    """
    forbidden = _forbidden(error)
    if isinstance(forbidden, MovedInside):
        return moved_inside(host)
    return private_address(f"{host} leads to", typed=typed) if forbidden else None


def _forbidden(error: Exception) -> ForbiddenAddress | None:
    if not isinstance(error, aiohttp.ClientConnectorDNSError):
        return None
    return next(
        (each for each in (error.os_error, error.os_error.__cause__) if isinstance(each, ForbiddenAddress)), None
    )
