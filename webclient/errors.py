"""The errors of the flow. Each carries a sentence for the person and its cause."""

from attrs import field, frozen

from .cause_code import CauseCode


def unexpected(reference: str) -> str:
    """The sentence for a fault of this program; ``reference`` identifies the log entry with the details."""
    return f"An internal error occurred. It is not your fault. The log has the details under {reference}."


class FlowError(Exception):
    """A step that failed.

    ``str(error)`` is one plain sentence for the person; ``outcome`` is how the trace marks its hop.

    ``cause`` is looked up in ``trace.causes``, which says why the step failed and what to do. UNKNOWN and the other
    general causes are refined from the answer (``trace.diagnosis``). ``fallback`` names the rule that the client
    follows instead, when it has another way to try.
    """

    outcome = "failed"
    cause = CauseCode.UNKNOWN
    fallback = ""

    def __init__(self, sentence: str = "", cause: CauseCode | None = None) -> None:
        super().__init__(sentence)
        if cause is not None:
            self.cause = cause


class Unreachable(FlowError):
    """The other side could not be reached, was too slow, or sent too much."""


class TooSlow(Unreachable):
    """The other side did not respond in time."""

    cause = CauseCode.TIMEOUT


class Untrusted(FlowError):
    """The other side contradicts itself or breaks a rule that protects the person; the flow stops here."""


class OtherSpelling(Untrusted):
    """The server knows itself under another name of this machine; ``instead`` is its address under that name."""

    cause = CauseCode.OTHER_SPELLING

    def __init__(self, sentence: str, instead: str) -> None:
        super().__init__(sentence)
        self.instead = instead


class NoMetadata(FlowError):
    """The other side publishes no usable metadata for signing in."""

    cause = CauseCode.NO_RESOURCE_METADATA


class NoRegistration(FlowError):
    """There is no client id for this authorization server, and no way to get one."""

    cause = CauseCode.NO_REGISTRATION


class PartRefused(NoRegistration):
    """The authorization server registers no client with this ``part`` of the metadata; with another value, or without
    it, it may.
    """

    outcome = "info"
    cause = CauseCode.REGISTRATION_REFUSED

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part


class ConsentDenied(FlowError):
    """The authorization server answered with an error instead of a code."""

    cause = CauseCode.AUTHORIZATION_ERROR


class PermissionDeclined(ConsentDenied):
    """The person declined the permission (RFC 6749 section 4.1.2.1: access_denied), which is not a failure."""

    outcome = "info"
    cause = CauseCode.DENIED


class TokenRefused(FlowError):
    """The token endpoint refused (RFC 6749 section 5.2). ``code`` is the OAuth error code, empty when absent."""

    cause = CauseCode.TOKEN_REFUSED

    def __init__(self, sentence: str, code: str = "", cause: CauseCode | None = None) -> None:
        super().__init__(sentence, cause)
        self.code = code

    @property
    def of_client(self) -> bool:
        """Whether the server does not know the client, or does not accept its secret."""
        return self.code == "invalid_client" or (
            self.code == "unauthorized_client" and self.cause is CauseCode.INVALID_CLIENT
        )


class ProtocolFailure(FlowError):
    """The MCP server answered with something that is not MCP, or with a JSON-RPC error."""

    cause = CauseCode.NOT_MCP


class StrangeCallback(FlowError):
    """An authorization response that no sign-in is waiting for: forged, used already, or from another browser."""

    cause = CauseCode.NO_STATE


def named_scopes(scopes: tuple[str, ...]) -> str:
    return " ".join(scopes) or "it does not name them"


@frozen
class Challenge:
    """One challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1).

    ``scheme`` and parameter names are lower case.
    """

    scheme: str
    parameters: dict[str, str] = field(factory=dict)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.parameters.get("scope", "").split())


class NeedsSignIn(FlowError):
    """The MCP server requires a token, or a new one (401)."""

    outcome = "info"
    cause = CauseCode.TOKEN_LOOP

    def __init__(self, challenge: Challenge | None, sentence: str = "The MCP server requires you to sign in.") -> None:
        super().__init__(sentence)
        self.challenge = challenge


class NeedsScope(FlowError):
    """The token lacks a permission the operation needs (403 insufficient_scope, RFC 6750 section 3.1)."""

    outcome = "info"
    cause = CauseCode.INSUFFICIENT_SCOPE

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(f"The server requires more permissions for this than the token has: {named_scopes(scopes)}.")
        self.scopes = scopes


NO_STATE = (
    "The response has no state, so it cannot be matched to a sign-in. The authorization server must return state "
    "unchanged."
)
