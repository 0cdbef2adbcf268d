"""Options of the protocol engine, and its limits on what a server may send."""

from attrs import frozen

from ...version import __version__
from .sse import LONGEST_EVENT


@frozen
class Options:
    """Options and limits. Durations are in seconds.

    ``call_timeout`` is how long a tool may be silent, and restarts with progress; ``total_timeout`` bounds the call
    regardless.

    ``shortest_retry`` is the minimum wait before a stream is reopened, whatever the server says, and doubles while
    nothing arrives on it. ``protocol`` is the revision to use, empty to negotiate; ``log_level`` asks the server for
    its log messages (MCP 2026-07-28, logging). ``longest_event`` bounds one message on a stream, in characters.
    """

    client_name: str = "MCP web client"
    client_version: str = __version__
    protocol: str = ""
    log_level: str = ""
    request_timeout: float = 10
    call_timeout: float = 60
    total_timeout: float = 3600
    task_timeout: float = 24 * 3600
    most_pages: int = 50
    most_items: int = 5000
    most_rounds: int = 10
    most_events: int = 10_000
    longest_event: int = LONGEST_EVENT
    most_questions: int = 16
    fruitless_reconnections: int = 5
    shortest_retry: float = 0.5
    longest_retry: float = 60
