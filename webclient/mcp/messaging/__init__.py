"""One message sent and answered: the HTTP exchange, and what a server sends or asks meanwhile.

``endpoint`` sends a request with its authorization, ``exchange`` reads the answer from JSON or a stream, ``inbox`` and
``dispatch`` handle the other messages, ``questions`` answers elicitation, sampling and roots. ``listening`` and
``shared_stream`` keep a stream open.

It may import ``fetcher``, ``http``, ``mcp.protocol``, ``trace``, ``trace.recording`` and the value modules at the top
of ``webclient``. ``tests/test_arrows.py`` holds it to that.
"""

from .cookies import Cookies
from .dispatch import Dispatch
from .endpoint import Endpoint, EndpointResponse, Request, Step
from .exchange import Ask, Judge, Revision, answers, let_be, read_answer, require_result, strange, streamed
from .inbox import Channel, Inbox, Receiver
from .listening import NEVER_OPENED, WORTHWHILE, ListeningStream, pause_of
from .questions import ELICIT, Questions, read_input_requests
from .requests import (
    calling,
    calling_by_task,
    completing,
    getting,
    listing,
    pinging,
    reading,
    resource_subscription,
    setting_level,
)
from .shared_stream import SharedStream, closed

__all__ = [
    "ELICIT",
    "NEVER_OPENED",
    "WORTHWHILE",
    "Ask",
    "Channel",
    "Cookies",
    "Dispatch",
    "Endpoint",
    "EndpointResponse",
    "Inbox",
    "Judge",
    "ListeningStream",
    "Questions",
    "Receiver",
    "Request",
    "Revision",
    "SharedStream",
    "Step",
    "answers",
    "calling",
    "calling_by_task",
    "closed",
    "completing",
    "getting",
    "let_be",
    "listing",
    "pause_of",
    "pinging",
    "read_answer",
    "read_input_requests",
    "reading",
    "require_result",
    "resource_subscription",
    "setting_level",
    "strange",
    "streamed",
]
