"""A person's choices about how to sign in at one server."""

from typing import Self

from attrs import frozen

from ...json_text import JsonObject


@frozen
class Preferences:
    """A person's choices for one integration. Empty values leave the choice to the client.

    ``protocol`` is an MCP revision; ``registration`` is typed, document (CIMD) or dynamic (RFC 7591); ``auth_method``
    as in RFC 7591 section 2; ``grant`` is authorization_code, client_credentials, workload, enterprise or key;
    ``scopes`` are requested in addition to those that the server names.
    """

    protocol: str = ""
    registration: str = ""
    auth_method: str = ""
    grant: str = ""
    scopes: tuple[str, ...] = ()
    dpop: bool = False

    @classmethod
    def restored(cls, values: JsonObject) -> Self:
        """The preferences from the values of attrs.asdict(), after a round trip through JSON."""
        return cls(**{**values, "scopes": tuple(values.get("scopes", ()))})


UNDECIDED = Preferences()
"""No choices: the client decides everything."""
