"""The chapters of a flow, in the order in which a sign-in passes through them. ``trace.display`` has their titles."""

from enum import StrEnum


class Chapter(StrEnum):
    """The chapter that a hop belongs to.

    The values are stored; OTHER stands for one that this version does not know.
    """

    ASKING = "asking"
    MEETING = "meeting"
    DISCOVERY = "discovery"
    REGISTRATION = "registration"
    CONSENT = "consent"
    TOKEN = "token"
    TOKEN_WITHOUT_PERSON = "token_without_person"
    ENTERING = "entering"
    USING = "using"
    LEAVING = "leaving"
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "Chapter":
        return cls.OTHER
