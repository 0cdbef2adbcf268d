"""Reading bodies up to a bound, whatever their headers say."""

from aiohttp import StreamReader


class TooLarge(Exception):
    """The body is larger than the bound; what was read is dropped."""


async def read_bounded(content: StreamReader, most: int) -> bytes:
    """Return the whole body, at most ``most`` bytes. Raises TooLarge at the first piece too many, and whatever
    ``content`` raises.
    """
    if content.is_eof() and content.exception() is None:  # it came whole, together with the head: the usual case
        body = content.read_nowait()
        _require_fitting(body, most)
        return body
    gathered = bytearray()
    async for chunk in content.iter_any():
        gathered += chunk
        _require_fitting(gathered, most)
    return bytes(gathered)


def _require_fitting(body: bytes | bytearray, most: int) -> None:
    if len(body) > most:
        raise TooLarge
