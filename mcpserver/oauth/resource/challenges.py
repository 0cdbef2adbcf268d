"""Responses to refused requests to the resource (RFC 6750 section 3), with the pointer of RFC 9728 section 5.1."""

from collections.abc import Iterable

from attrs import evolve, frozen

from ...principal import User, covers
from ..keys import PROOF_ALGORITHMS
from ..protocol import OFFLINE_ACCESS, BearerError, OAuthError, ScopeCatalog, UseDpopNonce


@frozen
class Challenges:
    """Makes each refusal; ``resource_metadata_url`` is absolute, because clients fetch it as it is."""

    resource_metadata_url: str
    scopes: ScopeCatalog
    dpop_only: bool = False
    """Whether every token must be bound to a key (RFC 9449 section 7.1)."""

    def unauthenticated(self) -> BearerError:
        """Return the challenge for a request without a token: where to get one, and no error code (RFC 6750 section
        3.1).
        """
        return self._error(401, None, "Authentication is required.", self.scopes.default)

    def invalid_request(self, description: str) -> BearerError:
        return self._error(400, "invalid_request", description, self.scopes.default)

    def invalid_token(self, description: str, *, dpop: bool = False) -> BearerError:
        return self._error(401, "invalid_token", description, self.scopes.default, dpop=dpop)

    def invalid_proof(self, error: OAuthError) -> BearerError:
        """Return the error of an invalid proof (RFC 9449 sections 7.1 and 9)."""
        nonce = error.nonce if isinstance(error, UseDpopNonce) else None
        return evolve(self._error(401, error.code, error.description, self.scopes.default, dpop=True), nonce=nonce)

    def unavailable(self) -> BearerError:
        """Return the error when tokens cannot be checked now: with invalid_token, the client would throw its token
        away.
        """
        text = "Whether the access token is good cannot be told at the moment: try again in a minute."
        return BearerError(status=503, code="temporarily_unavailable", description=text, www_authenticate="")

    def insufficient_scope(self, user: User, needed: Iterable[str]) -> BearerError:
        """Return the error that names the scopes granted and those needed, so that a client that asks for just these
        loses none.

        MCP 2026-07-28, authorization: all scopes of the operation in one challenge.
        """
        missing = self._resource_scopes(name for name in needed if not covers(user.scopes, name))
        return self._error(
            403,
            "insufficient_scope",
            f"This needs a permission that was not granted: {missing}.",
            self._resource_scopes(user.scopes.union(needed)),
        )

    def _resource_scopes(self, names: Iterable[str]) -> str:
        """Return the scopes without ``offline_access``, which no resource needs (MCP 2026-07-28, authorization: refresh
        tokens).
        """
        return self.scopes.order(set(names) - {OFFLINE_ACCESS.name})

    def _error(self, status: int, code: str | None, description: str, scope: str, *, dpop: bool = False) -> BearerError:
        parameters = {"resource_metadata": self.resource_metadata_url, "scope": scope}
        if code is not None:
            parameters = {"error": code, "error_description": description} | parameters
        dpop = dpop or self.dpop_only
        if dpop:
            parameters["algs"] = " ".join(PROOF_ALGORITHMS)
        header = ("DPoP " if dpop else "Bearer ") + ", ".join(
            f'{name}="{value}"' for name, value in parameters.items() if value
        )
        return BearerError(status=status, code=code, description=description, www_authenticate=header)
