"""Static files, which do not change while the program runs."""

import hashlib
import mimetypes
from pathlib import Path

from aiohttp import web
from attrs import frozen


@frozen
class _File:
    body: bytes
    content_type: str
    etag: str


class Files:
    """The files of a folder, read once.

    (aiohttp would send them by sendfile(2), which asyncio cannot give up when the reader does not read.)
    """

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: _read(path) for path in folder.iterdir() if path.is_file()}

    async def show(self, request: web.Request) -> web.Response:
        """Answer with the file that the path names; 304 when the client has it (RFC 9110 section 13.1.2). Raises
        HTTPNotFound.
        """
        file = self._files.get(request.match_info["name"])
        if file is None:
            raise web.HTTPNotFound
        known = {tag.value for tag in request.if_none_match or ()}
        answer = (
            web.Response(status=304)
            if known & {file.etag, "*"}
            else web.Response(body=file.body, content_type=file.content_type)
        )
        answer.etag = file.etag
        return answer


def _read(path: Path) -> _File:
    body = path.read_bytes()
    return _File(
        body, mimetypes.guess_type(path.name)[0] or "application/octet-stream", hashlib.sha256(body).hexdigest()[:16]
    )
