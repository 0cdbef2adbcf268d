"""A person's note."""

from attrs import frozen


@frozen
class Note:
    """A note; ``id`` is unique across people, ``created_at`` is in epoch seconds."""

    id: int
    text: str
    created_at: int
