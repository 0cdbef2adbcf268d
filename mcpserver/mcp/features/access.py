"""Visibility of tools, resources and prompts, and permission to use them."""

import inspect
from collections.abc import Callable

from attrs import field, frozen

from ...principal import User
from ..interaction import Contained, Context
from ..protocol import ScopeRequired, SignInRequired, require_scopes

Visible = Callable[[User | None], bool]


@frozen
class Access:
    """Access rules of one tool, resource or prompt.

    ``scope`` is the space-separated scopes that a caller must have been granted. ``public`` features need no sign-in on
    servers that have one. ``visible`` decides for each caller whether the feature exists at all. A missing scope does
    not hide a feature, so that callers can step up to it.
    """

    scope: str | None = field(default=None)
    public: bool = False
    visible: Visible | None = field(default=None)

    @scope.validator
    def _require_scopes(self, attribute: object, value: str | None) -> None:
        if value is not None:
            require_scopes(value)

    @visible.validator
    def _require_plain(self, attribute: object, value: Visible | None) -> None:
        """Raises TypeError for a coroutine function: its result, a coroutine, is truthy and would hide nothing."""
        called = getattr(value, "__call__", None)  # noqa: B004 - of an object that is called like a function
        if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(called):
            raise TypeError("visible must be a plain function: it is asked about every caller, and cannot be awaited.")

    def shows_to(self, context: Context) -> bool:
        return not self.is_hidden(anonymous=context.anonymous) and self.sees(context.user)

    def is_hidden(self, *, anonymous: bool) -> bool:
        """Whether sign-in is needed to see it; ``anonymous`` is a caller without a token on a server with sign-in."""
        return anonymous and not self.public

    def sees(self, caller: User | None) -> bool:
        """The result of ``visible`` for a caller, True without one.

        Raises what ``visible`` raises, Escaped in place of a BaseException that is no Exception, and TypeError for an
        awaitable result.
        """
        if self.visible is None:
            return True
        with Contained():
            seen: object = self.visible(caller)
            if inspect.isawaitable(seen):
                raise TypeError("visible gave something to await: it must say True or False at once")
            return bool(seen)

    def require(self, context: Context) -> None:
        """Raises SignInRequired or ScopeRequired, which the transport answers before it begins a stream."""
        if self.admits(context):
            return
        if self.scope is None or context.anonymous:
            raise SignInRequired
        raise ScopeRequired(self.scope)

    def admits(self, context: Context) -> bool:
        """Whether the caller may use the feature; on a server without sign-in, everybody may."""
        if self.public:
            return True
        return not context.anonymous and (
            self.scope is None or context.user is None or context.user.has_scope(self.scope)
        )
