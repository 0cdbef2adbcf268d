"""The person, client and action of a request, for its line in the access log.

These are names only, of those who were authenticated: never a token, an argument or an address that a person typed.
"""

from aiohttp.web import BaseRequest, RequestKey
from attrs import define

from mcpbase.masking import masked

from .principal import User

MOST = 100
"""Characters of one word that are shown."""


@define
class Attribution:
    """``person`` is a user name, ``client`` a client id, ``action`` a method of MCP with its tool or prompt; None where
    not known.
    """

    person: str | None = None
    client: str | None = None
    action: str | None = None


_ATTRIBUTION: RequestKey[Attribution] = RequestKey("attribution", Attribution)


def attribution_of(request: BaseRequest) -> Attribution:
    """Return what is known of the request so far; callers add to it."""
    if _ATTRIBUTION not in request:
        request[_ATTRIBUTION] = Attribution()
    return request[_ATTRIBUTION]


def attribute(request: BaseRequest, caller: User | None) -> None:
    """Note the person and the client of an access token; a client that acts for itself has no person."""
    if caller is not None:
        known = attribution_of(request)
        known.person, known.client = None if caller.is_client else caller.username, caller.client_id


def word(text: str | None) -> str:
    """Return a word for the log: in quotation marks where it has unusual characters, ``-`` for None."""
    if not text:
        return "-"
    shown = masked(text, most=MOST)
    return (
        shown
        if shown.isprintable() and not any(character.isspace() or character in "\"'" for character in shown)
        else repr(shown)
    )
