"""Connections that may be ended without harm, in the order in which to end them."""

from collections import OrderedDict
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .connection import Connection

Line = OrderedDict["Connection", None]
"""Connections, oldest first. (Asking a plain dict for its first walks over all that were removed.)"""


class Wait(Enum):
    """What a connection waits for. Without room, those that wait for the first are ended first."""

    HEAD = "the rest of a request's head, or the first one"
    NEXT = "another request"
    BODY = "the rest of a request's body"


class Crowd:
    """Some connections: ``count`` of them, and those that wait, by what they wait for."""

    def __init__(self) -> None:
        self.count = 0
        self.lines: dict[Wait, Line] = {wait: OrderedDict() for wait in Wait}

    def oldest(self) -> "Connection | None":
        """Return the connection to end first; None when all are being answered."""
        for line in self.lines.values():
            while line:
                connection = next(iter(line))
                if not connection.settle():  # it waits for what the line is for
                    return connection
        return None
