"""How the program ends: at the first signal in good order and within bounded time, at the second at once."""

import asyncio
import logging
import os
import signal
import time
from contextlib import suppress
from threading import Thread, Timer
from types import FrameType

SAME = 0.2
"""Seconds within which a signal is the one before once more: a terminal and a program in between may both pass on one Ctrl-C."""

_log = logging.getLogger(__name__)


class Ending:
    """Around all that the program does. ``seconds`` after Ctrl-C or SIGTERM it has ended, whatever still runs: with status 0.

    SIGHUP asks for nothing, unless it says that the terminal has gone in which the program was started.
    """

    def __init__(self, seconds: float) -> None:
        self._begun: float | None = None
        self._timer = Timer(seconds, self._overtime, (seconds,))
        self._timer.daemon = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._event: asyncio.Event | None = None
        self._terminal = next((descriptor for descriptor in (0, 1, 2) if _is_terminal(descriptor)), None)

    def __enter__(self) -> "Ending":
        self._former = {number: signal.signal(number, self._asked) for number in (signal.SIGINT, signal.SIGTERM)}
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
            self._former[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._hung_up)
        return self

    def __exit__(self, *error: object) -> None:
        """A program that was asked to end goes on ending: threads are not waited for after it, either."""
        if self._begun is None:
            for number, former in self._former.items():
                signal.signal(number, former)

    def event(self) -> asyncio.Event:
        """Of the running loop; set once the program is to end."""
        self._loop, self._event = asyncio.get_running_loop(), asyncio.Event()
        if self._begun is not None:
            self._event.set()
        return self._event

    def _asked(self, number: int, frame: FrameType | None) -> None:
        """A handler of Python's own and not of the loop's, so that it runs although the loop may be held up."""
        if self._begun is None:
            self._begun = time.monotonic()
            self._timer.start()
            if self._loop is not None and self._event is not None:
                with suppress(RuntimeError):  # the loop has ended
                    self._loop.call_soon_threadsafe(self._event.set)
        elif time.monotonic() - self._begun > SAME:
            os._exit(128 + number)

    def _hung_up(self, number: int, frame: FrameType | None) -> None:
        if self._terminal is not None and not _is_terminal(self._terminal):
            self._asked(number, frame)
        elif self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(_log.warning, "SIGHUP changes nothing: settings are read when the program starts. Restart it to change them.")

    @staticmethod
    def _overtime(seconds: float) -> None:
        """What holds the program up may hold the log up as well."""
        teller = Thread(target=_log.warning, args=("ended after %g seconds, although not everything had", seconds), daemon=True)
        teller.start()
        teller.join(SAME)
        os._exit(0)


def _is_terminal(descriptor: int) -> bool:
    try:
        return os.isatty(descriptor)
    except OSError:
        return False
