"""Who a request turned out to come from and what it asked for, noted where that is found out, for its line in the access log.

Names only, of those who proved who they are: never a token, an argument or an address that somebody typed.
"""

from aiohttp.web import BaseRequest, RequestKey
from attrs import define

from mcpbase.masking import masked

from .principal import User

MOST = 100
"""Characters of one word that are shown."""


@define
class Attribution:
    """``person`` is a user name, ``client`` a client id, ``action`` a method of MCP with the tool or prompt that it names; None where not known."""

    person: str | None = None
    client: str | None = None
    action: str | None = None


_ATTRIBUTION: RequestKey[Attribution] = RequestKey("attribution", Attribution)


def attribution_of(request: BaseRequest) -> Attribution:
    """What is known of the request so far, to be read and to be added to."""
    if _ATTRIBUTION not in request:
        request[_ATTRIBUTION] = Attribution()
    return request[_ATTRIBUTION]


def attribute(request: BaseRequest, caller: User | None) -> None:
    """To the person and the client of an access token; a client that acts for itself is nobody's."""
    if caller is not None:
        known = attribution_of(request)
        known.person, known.client = None if caller.is_client else caller.username, caller.client_id


def word(text: str | None) -> str:
    """For a log whose lines are words: in quotation marks where it holds anything else, ``-`` where nothing is known."""
    if not text:
        return "-"
    shown = masked(text, most=MOST)
    return shown if shown.isprintable() and not any(character.isspace() or character in "\"'" for character in shown) else repr(shown)
