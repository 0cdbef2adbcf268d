"""The end of a program: orderly and within bounded time after the first signal, at once after the second."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar, Token
from threading import Thread, Timer
from types import FrameType
from typing import Any

_log = logging.getLogger(__name__)

SAME = 0.2
"""Seconds within which a second signal counts as the first: a terminal and a wrapping program may both pass on one
Ctrl-C.
"""

_CURRENT: ContextVar["Ending"] = ContextVar("ending")


class Ending:
    """A context around all that a program does. After Ctrl-C or SIGTERM it is asked to end, and ``seconds`` later the
    process exits with status 0, whatever still runs.

    SIGHUP asks for nothing, unless it says that the terminal has gone in which the program was started. ``for_good``
    says that the program ends with what is inside: then threads that go on after it are not waited for either.
    """

    def __init__(self, seconds: float, *, for_good: bool = True) -> None:
        self._seconds = seconds
        self._for_good = for_good
        self._begun: float | None = None
        self._timer = Timer(seconds, self._overtime)
        self._timer.daemon = True
        self._listeners: list[tuple[asyncio.AbstractEventLoop, Callable[[], object]]] = []
        self._former: dict[int, Any] = {}
        self._terminal = next((descriptor for descriptor in (0, 1, 2) if _is_terminal(descriptor)), None)

    def __enter__(self) -> "Ending":
        self._token: Token[Ending] = _CURRENT.set(self)
        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, self._asked)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            self._former[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hung_up)
        return self

    def __exit__(self, *error: object) -> None:
        _CURRENT.reset(self._token)
        if self._for_good and self._begun is not None:
            return
        self._timer.cancel()
        for number, former in self._former.items():
            signal.signal(number, former)

    def tell(self, listener: Callable[[], object]) -> None:
        """Have the running loop call ``listener`` when the program is asked to end."""
        self._listeners.append((asyncio.get_running_loop(), listener))
        if self._begun is not None:
            listener()

    def begin(self) -> None:
        """Start the time limit."""
        if self._begun is None:
            self._begun = time.monotonic()
            self._timer.start()

    def _asked(self, number: int, frame: FrameType | None) -> None:
        """A handler of Python and not of the event loop, so that it runs even when the loop is blocked."""
        if self._begun is None:
            self.begin()
            self._call(*self._listeners)
        elif time.monotonic() - self._begun > SAME:
            os._exit(128 + number)

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        if self._terminal is not None and not _is_terminal(self._terminal):
            self._asked(number, frame)
        else:
            self._call(*((loop, _tell_of_hangup) for loop, _ in self._listeners[:1]))

    @staticmethod
    def _call(*listeners: tuple[asyncio.AbstractEventLoop, Callable[[], object]]) -> None:
        for loop, listener in listeners:
            with suppress(RuntimeError):  # that loop has ended
                loop.call_soon_threadsafe(listener)

    def _overtime(self) -> None:
        """Log in a thread of its own: whatever blocks the program may block the log too."""
        teller = Thread(
            target=_log.warning,
            args=("ended after %g seconds, although not everything had", self._seconds),
            daemon=True,
        )
        teller.start()
        teller.join(SAME)
        os._exit(0)


def ending() -> Ending:
    """The innermost ``Ending`` of the running program. Raises LookupError where there is none."""
    return _CURRENT.get()


def _tell_of_hangup() -> None:
    _log.warning("SIGHUP changes nothing: settings are read when the program starts. Restart it to change them.")


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
