"""The authorization response (OAuth 2.1 section 4.1.2) and its two response modes."""

from collections.abc import Collection

from attrs import field, frozen

from ...settings import Settings
from ..protocol import is_web_address, with_answer

QUERY, FORM_POST = "query", "form_post"
MODES = (QUERY, FORM_POST)
"""OAuth 2.0 Multiple Response Type Encoding Practices section 2.1; OAuth 2.0 Form Post Response Mode section 2."""


def response_modes(settings: Settings) -> tuple[str, ...]:
    """Return those of ``MODES`` that are enabled."""
    return MODES if settings.form_post else (QUERY,)


@frozen
class AuthorizationResponse:
    """The response to a client, a code or an error: ``parameters`` sent to ``redirect_uri`` by ``mode``."""

    redirect_uri: str
    parameters: dict[str, str] = field(repr=False)
    mode: str = QUERY

    @property
    def location(self) -> str:
        """The URL of the redirect, with the parameters in its query."""
        return with_answer(self.redirect_uri, self.parameters)


def mode_for(redirect_uri: str, asked: list[str], modes: Collection[str]) -> str:
    """Return the response mode, which errors about the request use too. A form can be posted to web addresses only."""
    return FORM_POST if asked == [FORM_POST] and FORM_POST in modes and is_web_address(redirect_uri) else QUERY
