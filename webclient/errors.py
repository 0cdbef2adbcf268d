"""What can go wrong on the way to a server, each with the sentence the person reads."""

from attrs import field, frozen


def unexpected(reference: str) -> str:
    """What a person reads of a fault that is ours: the log tells it whole, under the reference."""
    return f"Something went wrong here, and it is not your fault. The log has the details under {reference}."


class FlowError(Exception):
    """A step that failed. ``str(error)`` is one plain sentence for the person; ``outcome`` is how the trace marks its hop.

    ``cause`` is the entry of ``trace/causes/`` that says why and what to do, where the error knows better than what the hop shows.
    """

    outcome = "failed"

    def __init__(self, sentence: str = "", cause: str = "") -> None:
        super().__init__(sentence)
        self.cause = cause


class Unreachable(FlowError):
    """The other side could not be reached, was too slow or sent too much."""


class TooSlow(Unreachable):
    """The other side was silent for too long."""

    def __init__(self, sentence: str, cause: str = "timeout") -> None:
        super().__init__(sentence, cause)


class Untrusted(FlowError):
    """The other side contradicts itself or a rule that protects the person; the flow stops here."""


class OtherSpelling(Untrusted):
    """The server calls itself by another name of this machine; ``instead`` is its address under that name."""

    def __init__(self, sentence: str, instead: str) -> None:
        super().__init__(sentence, "other_spelling")
        self.instead = instead


class NoMetadata(FlowError):
    """The other side does not say how to sign in."""


class NoRegistration(FlowError):
    """No client id for this authorization server, and no way to get one."""


class PartRefused(NoRegistration):
    """The authorization server registers no client with this ``part`` of the metadata; with another, or without, it may."""

    outcome = "info"

    def __init__(self, part: str) -> None:
        super().__init__()
        self.part = part


class ConsentDenied(FlowError):
    """The authorization server answered with an error instead of a code."""


class PermissionDeclined(ConsentDenied):
    """The person said no, which is no fault of anybody's (RFC 6749 section 4.1.2.1: access_denied)."""

    outcome = "info"


class TokenRefused(FlowError):
    """The token endpoint refused (RFC 6749 section 5.2). ``code`` is the OAuth error code, empty when it sent none."""

    def __init__(self, sentence: str, code: str = "", cause: str = "") -> None:
        super().__init__(sentence, cause)
        self.code = code

    @property
    def of_client(self) -> bool:
        """Whether the server does not know the client, or not with this secret."""
        return self.code == "invalid_client" or (self.code == "unauthorized_client" and self.cause == "invalid_client")


class ProtocolFailure(FlowError):
    """The MCP server answered with something that is not MCP, or with a JSON-RPC error."""


class StrangeCallback(FlowError):
    """An authorization response nobody here is waiting for: forged, used already, or from another browser."""


def named_scopes(scopes: tuple[str, ...]) -> str:
    return " ".join(scopes) or "it does not say which"


@frozen
class Challenge:
    """One challenge of a WWW-Authenticate header (RFC 9110 section 11.6.1). ``scheme`` and parameter names are lower case."""

    scheme: str
    parameters: dict[str, str] = field(factory=dict)

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.parameters.get("scope", "").split())


class NeedsSignIn(FlowError):
    """The MCP server wants a token, or a fresh one (401)."""

    outcome = "info"

    def __init__(self, challenge: Challenge | None, sentence: str = "The MCP server asks you to sign in.") -> None:
        super().__init__(sentence)
        self.challenge = challenge


class NeedsScope(FlowError):
    """The token lacks a permission the operation needs (403 insufficient_scope, RFC 6750 section 3.1)."""

    outcome = "info"

    def __init__(self, scopes: tuple[str, ...]) -> None:
        super().__init__(f"The server wants more permission for this than the token has: {named_scopes(scopes)}.")
        self.scopes = scopes


NO_STATE = "The answer carries no state, so nobody can tell to which sign-in it belongs. The authorization server must send state back as it came."
