"""Resources that a token is for (RFC 8707): the MCP endpoint here, and others that accept its tokens, as the operator
names them.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache

from mcpbase.masking import masked

from .errors import InvalidGrant, InvalidScope, InvalidTarget
from .scopes import OFFLINE_ACCESS, Scope, ScopeCatalog

_log = logging.getLogger(__name__)


class Resources:
    """Every resource with its scopes. ``own`` is the MCP endpoint here; ``others`` maps identifiers to descriptions by
    scope.

    Several resources are written as their identifiers separated by spaces, in a fixed order. ``own_scopes`` are those
    of the MCP endpoint, ``scopes`` those of all, with the ``further`` ones that belong to none.
    """

    def __init__(
        self, own: str, scopes: ScopeCatalog, others: Mapping[str, Mapping[str, str]], further: Iterable[Scope] = ()
    ) -> None:
        self.own = own
        self._names = {
            own: frozenset(scope.name for scope in scopes),
            **{identifier: frozenset(names) for identifier, names in others.items()},
        }
        described = {name: text for names in others.values() for name, text in names.items()}
        more = [Scope(name, text, default=False) for name, text in described.items() if name not in self._names[own]]
        self.scopes = ScopeCatalog([*scopes, *more], further)
        self.own_scopes = scopes
        self._elsewhere = lru_cache(maxsize=256)(self._names_elsewhere)

    @property
    def identifiers(self) -> tuple[str, ...]:
        return tuple(self._names)

    def require(self, asked: Collection[str]) -> str:
        """Return the resources that a request names, compared as strings; the MCP endpoint when it names none. Raises
        InvalidTarget.
        """
        for value in asked:
            if value not in self._names:
                _log.warning("resource mismatch: asked for %r, known are %s", masked(value), ", ".join(self._names))
                raise InvalidTarget(
                    f"The resource is unknown here. This server issues tokens for {', '.join(self._names)}.",
                    reason=f"resource {value!r}",
                )
        return " ".join(identifier for identifier in self._names if identifier in asked) or self.own

    def narrow(self, asked: Collection[str], *, granted: str, scope: str) -> tuple[str, str]:
        """Return the resources and scopes of a token: those granted, or the part that a token request names (RFC 8707
        section 2.2).

        Raises InvalidTarget, InvalidScope when no scope is left, InvalidGrant when the operator has removed the
        resources.
        """
        kept = [identifier for identifier in granted.split() if identifier in self._names]
        if not kept:
            raise InvalidGrant(
                "What was granted is for a resource that this server issues no tokens for any more.",
                reason=f"resource {granted!r}",
            )
        named = self.require(asked) if asked else " ".join(kept)
        if not set(named.split()) <= set(kept):
            raise InvalidTarget("The resource is not one that was granted.", reason=f"{named!r} of {granted!r}")
        return named, self._require_within(scope, named)

    def require_scope(self, asked: str | None, resource: str, *, allowed: str | None) -> str:
        """Return the scopes asked for that the resources have; without any, the default ones, or all of resources other
        than the own one.

        Raises InvalidScope for a scope that is unknown. With OpenID Connect, unknown scopes are left out.
        """
        names = self.scopes.without_foreign(asked) if asked and asked.strip() else self._defaults(resource)
        if names == OFFLINE_ACCESS.name:
            names += " " + self._defaults(resource)
        return self._require_within(self.scopes.require(names, allowed=allowed), resource)

    def _require_within(self, scope: str, resource: str) -> str:
        """Remove scopes that belong to other resources only; ``offline_access`` and the like belong to none."""
        elsewhere = self._elsewhere(resource)
        kept = [name for name in scope.split() if name not in elsewhere]
        if not set(kept) - {OFFLINE_ACCESS.name}:
            raise InvalidScope(
                "None of the scopes belongs to the resource, or is open to this client.",
                reason=f"{scope!r} of {resource!r}",
            )
        return " ".join(kept)

    def _names_elsewhere(self, resource: str) -> frozenset[str]:
        here = frozenset[str]().union(*(self._names[identifier] for identifier in resource.split()))
        return frozenset[str]().union(*self._names.values()) - here

    def _defaults(self, resource: str) -> str:
        named = resource.split()
        usual = self.own_scopes.default.split() if self.own in named else []
        return " ".join(
            [
                *usual,
                *(name for identifier in named if identifier != self.own for name in sorted(self._names[identifier])),
            ]
        )
