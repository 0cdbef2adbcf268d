"""What callers hold of this process: streams, calls, sessions, tasks and bytes, bounded for each caller and for all together."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

from attrs import frozen

from ...principal import User
from .errors import RpcError

Holder = tuple[str, ...]
"""Who pays: the person, or the client that acts for itself, whatever clients and sessions they use; else nobody's name and the address they come from."""

MEBIBYTE = 1024 * 1024

GREED = 4
"""How many times what is still free one holder may have. The fuller it gets, the less: who has most is refused first, and something is always left."""

SOON = 5
"""Seconds after which who was refused may try again."""


def holder_of(caller: User | None, address: str | None) -> Holder:
    return ("", address or "") if caller is None else (caller.id,)


class TooMuch(RpcError):
    """A caller holds as much as they may: 429 for their own part (RFC 6585 section 4), 503 where all together fill the process (RFC 9110 section 15.6.4)."""

    retry_after = SOON

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message, status=status)


@frozen
class Share:
    """The most that one named holder, one address of callers without a name, and all together have of one thing."""

    each: int
    nameless: int
    everybody: int


@frozen
class Limits:
    """Numbers, and bytes for ``kept`` and ``received``.

    ``listeners`` are streams that only tell of changes (``subscriptions/listen``, GET within a session), which may stay
    open for days: neither ``streams``, which answer requests, nor ``calls`` lose places to them. ``kept`` is what
    streams keep for clients that come back, ``received`` the bodies of requests under way.
    """

    listeners: Share = Share(256, 10_000, 12_500)
    streams: Share = Share(256, 12_000, 15_000)
    calls: Share = Share(512, 8_000, 10_000)
    sessions: Share = Share(256, 8_000, 10_000)
    tasks: Share = Share(100, 500, 1_000)
    kept: Share = Share(16 * MEBIBYTE, 64 * MEBIBYTE, 128 * MEBIBYTE)
    received: Share = Share(64 * MEBIBYTE, 128 * MEBIBYTE, 256 * MEBIBYTE)


class Ledger:
    """Who holds how much of one thing; ``total`` is what all hold together. ``name`` says in a refusal what there is too much of."""

    def __init__(self, share: Share, name: str) -> None:
        self.share = share
        self.name = name
        self.total = 0
        self._held: dict[Holder, int] = {}

    def held(self, holder: Holder) -> int:
        return self._held.get(holder, 0)

    def allowed(self, holder: Holder) -> int:
        """What this holder may have by now."""
        return min(self._own(holder), GREED * (self.share.everybody - self.total))

    def _own(self, holder: Holder) -> int:
        return self.share.each if any(holder[:1]) else self.share.nameless

    def has_room(self, holder: Holder, amount: int = 1) -> bool:
        return self.held(holder) + amount <= self.allowed(holder)

    def require(self, holder: Holder, amount: int = 1) -> None:
        """Raises TooMuch."""
        if self.has_room(holder, amount):
            return
        if self.held(holder) + amount > self._own(holder):
            raise TooMuch(f"You have too many {self.name} under way already: let some of them end, then try again.", status=429)
        raise TooMuch(f"There are too many {self.name} under way at the moment: try again later.", status=503)

    def add(self, holder: Holder, amount: int = 1) -> None:
        """Whatever is allowed; a negative amount gives back."""
        held = self._held.get(holder, 0) + amount
        self.total += amount
        if held:
            self._held[holder] = held
        else:
            self._held.pop(holder, None)

    def take(self, holder: Holder, amount: int = 1, *, must: bool = False) -> "Lease":
        """Raises TooMuch, unless it ``must`` be."""
        if not must:
            self.require(holder, amount)
        self.add(holder, amount)
        return Lease(lambda: self.add(holder, -amount))


class Lease(AbstractContextManager["Lease"]):
    """What was taken, until it ``ends``; ending twice gives back once."""

    __slots__ = ("_give_back",)

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back: Callable[[], None] | None = give_back

    def end(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.end()


class Budget:
    """Of one server in this process."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.listeners = Ledger(limits.listeners, "streams that listen")
        self.streams = Ledger(limits.streams, "streams")
        self.calls = Ledger(limits.calls, "calls")
        self.sessions = Ledger(limits.sessions, "sessions")
        self.kept = Ledger(limits.kept, "kept answers")
        self.received = Ledger(limits.received, "bytes")

    def require_calls(self, holder: Holder, size: int, number: int = 1) -> None:
        """Check that there is room for ``number`` more calls, whose bodies have ``size`` bytes in all. Raises TooMuch."""
        self.calls.require(holder, number)
        self.received.require(holder, size)

    def begin_call(self, holder: Holder, size: int) -> Lease:
        """Count a call with its body; ``require_calls`` comes right before it."""
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
