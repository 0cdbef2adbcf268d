"""Tasks as clients see them (SEP-2663: tasks, task status)."""

from datetime import UTC, datetime
from typing import Any

from .records import TaskRecord

POLL_MS = 1000
"""How often a client should ask, in milliseconds."""


def task_shown(task_id: str, record: TaskRecord) -> dict[str, Any]:
    shown = {
        "taskId": task_id,
        "status": record.status,
        "statusMessage": record.message,
        "createdAt": _instant(record.created_at),
        "lastUpdatedAt": _instant(record.updated_at),
        "ttlMs": (record.expires_at - record.created_at) * 1000,
        "pollIntervalMs": POLL_MS,
    }
    return {name: value for name, value in shown.items() if value is not None}


def task_detailed(task_id: str, record: TaskRecord) -> dict[str, Any]:
    """A DetailedTask: with the result, the error, or what is asked (SEP-2663: task status)."""
    shown = task_shown(task_id, record)
    if record.status == "completed":
        shown["result"] = record.result
    elif record.status == "failed":
        shown["error"] = record.error
    elif record.status == "input_required":
        shown["inputRequests"] = record.asked
    return shown


def _instant(seconds: int) -> str:
    """ISO 8601."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
