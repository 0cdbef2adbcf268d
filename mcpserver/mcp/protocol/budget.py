"""Bounds on what callers hold in this process: streams, calls, sessions, tasks and bytes, per caller and in total."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from attrs import frozen

from ...principal import User
from .errors import RpcError

Holder = tuple[str, ...]
"""The key that amounts are counted under: the id of the person, or of the client that acts for itself; without a token,
``""`` and the address.
"""

MEBIBYTE = 1024 * 1024

GREED = 4
"""Maximum amount of one holder as a multiple of what is free: the holder with the most is refused first, and a part
stays free for others.
"""

SOON = 5
"""Seconds after which a refused caller may try again (Retry-After)."""


def holder_of(caller: User | None, address: str | None) -> Holder:
    """The holder of a caller, or of an address for a caller without a token."""
    return ("", address or "") if caller is None else (caller.id,)


class TooMuch(RpcError):
    """A bound was reached: status 429 for the caller's own (RFC 6585 section 4), 503 for the process's (RFC 9110
    section 15.6.4).
    """

    retry_after = SOON

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, status=status)


@frozen
class Share:
    """Bounds for one named holder, for one address of callers without a token, and for all together."""

    each: int
    nameless: int
    everybody: int


@frozen
class Limits:
    """Bounds by kind; in bytes for ``kept`` and ``received``, else counts.

    ``listeners`` are streams that only carry notifications of changes (``subscriptions/listen``, GET within a session).
    They may stay open for days, so they are counted apart from ``streams``, which answer requests, and from ``calls``.
    ``kept`` is what streams keep for clients that reconnect, ``received`` the bodies of requests under way.
    """

    listeners: Share = Share(256, 10_000, 12_500)
    streams: Share = Share(256, 12_000, 15_000)
    calls: Share = Share(512, 8_000, 10_000)
    sessions: Share = Share(256, 8_000, 10_000)
    tasks: Share = Share(100, 500, 1_000)
    kept: Share = Share(16 * MEBIBYTE, 64 * MEBIBYTE, 128 * MEBIBYTE)
    received: Share = Share(64 * MEBIBYTE, 128 * MEBIBYTE, 256 * MEBIBYTE)


class Ledger:
    """Amounts of one thing by holder; ``total`` is their sum. ``name`` is the noun in refusals."""

    def __init__(self, share: Share, name: str) -> None:
        self.share = share
        self.name = name
        self.total = 0
        self._held: dict[Holder, int] = {}

    def held(self, holder: Holder) -> int:
        return self._held.get(holder, 0)

    def allowed(self, holder: Holder) -> int:
        """The largest amount that the holder may have at the moment."""
        return min(self._own(holder), GREED * (self.share.everybody - self.total))

    def _own(self, holder: Holder) -> int:
        return self.share.each if any(holder[:1]) else self.share.nameless

    def has_room(self, holder: Holder, amount: int = 1) -> bool:
        return self.held(holder) + amount <= self.allowed(holder)

    def require(self, holder: Holder, amount: int = 1) -> None:
        """Raises TooMuch when there is no room for a further amount."""
        if self.has_room(holder, amount):
            return
        if self.held(holder) + amount > self._own(holder):
            raise TooMuch(
                f"You have too many {self.name} under way already: let some of them end, then try again.", status=429
            )
        raise TooMuch(f"There are too many {self.name} under way at the moment: try again later.", status=503)

    def add(self, holder: Holder, amount: int = 1) -> None:
        """Count an amount without a check; a negative amount is given back."""
        held = self._held.get(holder, 0) + amount
        self.total += amount
        if held:
            self._held[holder] = held
        else:
            self._held.pop(holder, None)

    def take(self, holder: Holder, amount: int = 1, *, must: bool = False) -> "Lease":
        """Count an amount until the lease ends. Raises TooMuch, except with ``must``."""
        if not must:
            self.require(holder, amount)
        self.add(holder, amount)
        return Lease(lambda: self.add(holder, -amount))


class Lease(AbstractContextManager["Lease"]):
    """An amount that is given back when the lease ends; ending it twice gives back once."""

    __slots__ = ("_give_back",)

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def end(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()


class Budget:
    """The ledgers of one server in this process."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.listeners = Ledger(limits.listeners, "streams that listen")
        self.streams = Ledger(limits.streams, "streams")
        self.calls = Ledger(limits.calls, "calls")
        self.sessions = Ledger(limits.sessions, "sessions")
        self.kept = Ledger(limits.kept, "kept answers")
        self.received = Ledger(limits.received, "bytes")

    def require_calls(self, holder: Holder, size: int, number: int = 1) -> None:
        """Raises TooMuch when there is no room for ``number`` more calls, whose bodies have ``size`` bytes in total."""
        self.calls.require(holder, number)
        self.received.require(holder, size)

    def begin_call(self, holder: Holder, size: int) -> Lease:
        """Count a call with its body, without a check; ``require_calls`` must be called right before."""
        return self._begin(self.calls, holder, size)

    def begin_listener(self, holder: Holder, size: int) -> Lease:
        """Count a stream that only listens, with the body of its request. Raises TooMuch."""
        self.listeners.require(holder)
        self.received.require(holder, size)
        return self._begin(self.listeners, holder, size)

    def _begin(self, ledger: Ledger, holder: Holder, size: int) -> Lease:
        received = self.received
        ledger.add(holder)
        received.add(holder, size)

        def give_back() -> None:
            ledger.add(holder, -1)
            received.add(holder, -size)

        return Lease(give_back)
