"""Reading of the JSON body of a REST request, within a size limit."""

import msgspec
from aiohttp import web

from mcpbase.bounded import TooLarge, read_bounded

from .errors import BodyTooLarge, InvalidNote, UnsupportedBody

# Bytes: 10,000 characters of up to twelve bytes each (JSON escapes of a surrogate pair, or percent-encoding in a form),
# with some margin.
BODY_LIMIT = 128 * 1024


class Draft(msgspec.Struct, forbid_unknown_fields=True):
    """A note to be added. Unknown members are refused, because ignoring one could lose data."""

    text: str


_DRAFT = msgspec.json.Decoder(Draft)


async def read_draft(request: web.Request) -> Draft:
    """Read a note from the body. Raises UnsupportedBody (415), BodyTooLarge (413) or InvalidNote (400)."""
    require_json(request)
    body = await _read_bounded(request)
    try:
        return _DRAFT.decode(body)
    except UnicodeDecodeError:
        raise InvalidNote("The body is JSON in UTF-8; this one has bytes that are not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise InvalidNote(f'The body is a JSON object like {{"text": "Buy milk"}}. {error}.') from None


def require_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise UnsupportedBody("Send the note as JSON, with Content-Type: application/json.")


async def _read_bounded(request: web.Request) -> bytes:
    """Read the body up to the limit, whatever its Content-Length. Raises BodyTooLarge."""
    try:
        return await read_bounded(request.content, BODY_LIMIT)
    except TooLarge:
        raise BodyTooLarge(f"A note arrives in at most {BODY_LIMIT // 1024} KiB of JSON.") from None
