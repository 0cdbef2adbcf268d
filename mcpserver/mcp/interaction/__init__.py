"""The context of a running handler, and the questions that it may ask its client.

``context`` has the ``Context`` that authors use; it asks through ``mrtr`` (multi round-trip requests: replayed in the
modern revision, live in older ones), with the ``questions`` of elicitation, sampling and roots. ``subscriptions``
delivers notifications of changes; ``containment`` limits faults in an author's code to the call that ran it.

It may import ``mcp.codec``, ``mcp.protocol``, ``mcp.schema``, ``mcp.types`` and the value modules at the top of
``mcpserver``. ``tests/test_arrows.py`` holds it to that.
"""

from .containment import Contained, contain_tasks
from .context import TASKS, Context, Notify, Release
from .mrtr import Ask, Interview, LiveInput, ReplayedInput, input_required
from .questions import MOST_ANSWERS, Declined, Question, Root, SamplingResult, form, roots, sample, url
from .subscriptions import PROMPTS, RESOURCES, TASK, TOOLS, UPDATED, Listener, Subscriptions, Topic

__all__ = [
    "MOST_ANSWERS",
    "PROMPTS",
    "RESOURCES",
    "TASK",
    "TASKS",
    "TOOLS",
    "UPDATED",
    "Ask",
    "Contained",
    "Context",
    "Declined",
    "Interview",
    "Listener",
    "LiveInput",
    "Notify",
    "Question",
    "Release",
    "ReplayedInput",
    "Root",
    "SamplingResult",
    "Subscriptions",
    "Topic",
    "contain_tasks",
    "form",
    "input_required",
    "roots",
    "sample",
    "url",
]
