"""Message ids and progress tokens: strings or integers (MCP 2026-07-28, basic: messages)."""

from ..types import with_whole_numbers

MessageId = str | int


def identifier(value: object) -> MessageId | None:
    """A decoded value as an id or token; 1.0 is an integer (JSON Schema 2020-12 core, section 4.2.3).

    None for other types.
    """
    whole = with_whole_numbers(value) if isinstance(value, float) else value
    return whole if isinstance(whole, str | int) and not isinstance(whole, bool) else None
