"""Who sees a tool, a resource or a prompt, and who may use it."""

from collections.abc import Callable

from attrs import frozen

from ..principal import User
from .context import Context
from .errors import ScopeRequired, SignInRequired

Visible = Callable[[User | None], bool]


@frozen
class Access:
    """``scope`` is what a caller must have been granted, space-separated; ``public`` needs no sign-in on a server that has one.

    ``visible`` decides by caller whether it is there at all. A missing scope hides nothing: who sees a tool can step up to it.
    """

    scope: str | None = None
    public: bool = False
    visible: Visible | None = None

    def shows_to(self, context: Context) -> bool:
        return self.knows(context.user, anonymous=context.anonymous)

    def knows(self, caller: User | None, *, anonymous: bool) -> bool:
        """As ``shows_to``; ``anonymous`` is who comes without a token to a server that has sign-in."""
        if anonymous and not self.public:
            return False
        return self.visible is None or self.visible(caller)

    def require(self, context: Context) -> None:
        """Raises SignInRequired or ScopeRequired, which the transport answers before any stream begins."""
        if self.admits(context):
            return
        if self.scope is None or context.anonymous:
            raise SignInRequired
        raise ScopeRequired(self.scope)

    def admits(self, context: Context) -> bool:
        """Whether the caller may use what they see; on a server without sign-in, everybody may."""
        if self.public:
            return True
        return not context.anonymous and (self.scope is None or context.user is None or context.user.has_scope(self.scope))
