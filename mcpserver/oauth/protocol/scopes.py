"""Scopes: what may be asked for, with descriptions for people (OAuth 2.1 section 1.4.1)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from attrs import frozen

from ...principal import Later, covers
from .errors import InvalidScope

# OAuth 2.1 section 1.4.1: scope-token = 1*( %x21 / %x23-5B / %x5D-7E )
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


@frozen
class Scope:
    """A scope. ``description`` completes "This lets it ..." on the consent page.

    ``default``: granted when no scope is asked for, and named in the first challenge. ``initial``: named in the
    resource's metadata; a client without a challenge asks for all of these.
    """

    name: str
    description: str
    default: bool = True
    initial: bool = True


OFFLINE_ACCESS = Scope("offline_access", "Stay connected when you are away", default=False)
"""A right of the client at the authorization server, not at a resource (OpenID Connect Core section 11)."""


PROFILE = Scope("profile", "See your name and e-mail address")
"""Allows what every tool learns that takes a ``User``."""


OPENID = Scope("openid", "Know that it is you", default=False)
"""Makes a request one of OpenID Connect (Core section 3.1.2.1)."""

SIGN_IN = (OPENID, Scope("email", "See your e-mail address", default=False))
"""OpenID Connect Core sections 3.1.2.1 and 5.4; its ``profile`` is ours.

For applications that people sign in to with their account here.
"""


class ScopeCatalog:
    """Every scope of the resource, in the order in which they are shown; ``further`` ones are for the authorization
    server itself.
    """

    def __init__(self, scopes: Iterable[Scope], further: Iterable[Scope] = ()) -> None:
        self._resource = {scope.name: scope for scope in scopes}
        self._all = {**{scope.name: scope for scope in further}, **self._resource, OFFLINE_ACCESS.name: OFFLINE_ACCESS}

    @classmethod
    def of(cls, described: Mapping[str, str], mentioned: Iterable[str] = ()) -> "ScopeCatalog":
        """The profile, those with a description of their own, and those that are only mentioned, which get a plain one.

        A wildcard such as ``notes:*`` must be asked for: it is no default. What is described by ``Later`` is asked for
        by the call that needs it.

        Raises ValueError for a name that no scope can have.
        """
        words = {PROFILE.name: PROFILE.description, **described}
        plain = sorted(set(mentioned) - words.keys() - {OFFLINE_ACCESS.name})
        for name in {*words, *plain}:
            if not _SCOPE_TOKEN.fullmatch(name):
                raise ValueError(
                    f"{name!r} cannot be the name of a scope: it must be printable ASCII without spaces, quotes and "
                    "backslashes."
                )
        return cls(
            [
                *(
                    Scope(
                        name,
                        str(text),
                        default=not name.endswith(":*") and not isinstance(text, Later),
                        initial=not isinstance(text, Later),
                    )
                    for name, text in words.items()
                ),
                *(Scope(name, f"Use what needs {name}") for name in plain),
            ]
        )

    def __iter__(self) -> Iterator[Scope]:
        """The scopes of the resource, without ``offline_access``."""
        return iter(self._resource.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Everything a client may ask for."""
        return tuple(self._all)

    @property
    def default(self) -> str:
        """What a client gets that names no scope."""
        return " ".join(scope.name for scope in self if scope.default)

    def describe(self, names: Iterable[str]) -> list[Scope]:
        """The scopes of ``names``, in the catalogue's order."""
        wanted = set(names)
        return [scope for scope in self._all.values() if scope.name in wanted]

    def order(self, names: Iterable[str]) -> str:
        """The same set is always the same string."""
        return " ".join(scope.name for scope in self.describe(names))

    def require(self, scope: str | None, *, allowed: str | None = None) -> str:
        """What a client asks for, or the default, also beside a lone ``offline_access``; ``allowed`` limits it to what
        this client may ask at all.

        A wildcard that is wider than ``allowed`` stands for those below it that are not.

        Raises InvalidScope for a scope that is malformed or unknown, and when nothing allowed is left.
        """
        asked = scope.split(" ") if scope and scope.strip() else self.default.split()
        for name in asked:
            self._require_known(name)
        if set(asked) == {OFFLINE_ACCESS.name}:
            asked += self.default.split()
        granted = self.order(asked if allowed is None else _narrowed(asked, allowed.split(), self._all))
        if not granted:
            raise InvalidScope("None of the requested scopes is open to this client.")
        return granted

    def without_foreign(self, scope: str) -> str:
        """What a client asks for, and of a sign-in only what is known here: applications send fixed lists (OpenID
        Connect Core section 3.1.2.1).
        """
        names = scope.split(" ")
        if OPENID.name not in self._all or OPENID.name not in names:
            return scope
        return " ".join(name for name in names if name in self._all or not _SCOPE_TOKEN.fullmatch(name))

    def _require_known(self, name: str) -> None:
        if not _SCOPE_TOKEN.fullmatch(name):
            raise InvalidScope("The scope is malformed: separate scope names with one space.")
        if name not in self._all:
            raise InvalidScope(
                f"The scope {name} is unknown here. Known are: {', '.join(self._all)}.",
                reason=f"unknown scope {name!r}",
            )


def _narrowed(asked: Iterable[str], allowed: Collection[str], known: Iterable[str]) -> set[str]:
    """What of ``asked`` is allowed; of a wildcard that is not, whatever is below it that is."""
    kept = {name for name in asked if covers(allowed, name)}
    wider = set(asked) - kept
    return kept | {name for name in known if covers(allowed, name) and covers(wider, name)}
