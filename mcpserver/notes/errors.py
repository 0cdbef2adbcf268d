"""Errors of the sample application, one class for each reason; their descriptions are shown to people."""


class NotesError(Exception):
    """A request that cannot be served. ``code`` and ``status`` are the error code and HTTP status in the REST API."""

    code = "invalid_request"
    status = 400

    def __init__(self, description: str) -> None:
        super().__init__(description)
        self.description = description


class InvalidNote(NotesError):
    code = "invalid_note"


class InvalidSearch(NotesError):
    code = "invalid_search"


class InvalidPage(NotesError):
    code = "invalid_page"


class NoSuchNote(NotesError):
    code = "not_found"
    status = 404


class AccountGone(NotesError):
    """The account does not exist: it was removed during the request, or a client acts for itself."""

    code = "account_gone"
    status = 403


class UnsupportedBody(NotesError):
    code = "unsupported_media_type"
    status = 415


class BodyTooLarge(NotesError):
    code = "too_large"
    status = 413
