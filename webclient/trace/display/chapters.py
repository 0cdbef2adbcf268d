"""What each chapter of a flow is about, for somebody who sees one for the first time."""

from collections.abc import Mapping, Sequence

from ..recording.chapters import Chapter

TITLES = {
    Chapter.ASKING: "You ask",
    Chapter.MEETING: "Knocking at the door",
    Chapter.DISCOVERY: "Finding out how to sign in",
    Chapter.REGISTRATION: "Introducing this client",
    Chapter.CONSENT: "Asking you",
    Chapter.TOKEN: "Trading the code for a token",
    Chapter.TOKEN_WITHOUT_PERSON: "Getting a token without a person",
    Chapter.ENTERING: "Coming in with the token",
    Chapter.USING: "Using the tools",
    Chapter.LEAVING: "Saying goodbye",
    Chapter.OTHER: "Other steps",
}
ABOUT = {
    Chapter.ASKING: "Everything begins with a wish of yours.",
    Chapter.MEETING: "The client asks the server who it is, with empty hands. A server that protects something answers: not without a token.",
    Chapter.DISCOVERY: "From the server the client learns who issues tokens for it, and from that one at which addresses. Every answer is checked:"
    " a liar here could send you to a false sign-in page.",
    Chapter.REGISTRATION: "An authorization server gives tokens only to clients it knows, so this client says who it is and gets a client id.",
    Chapter.CONSENT: "Now you decide. Your browser goes to the authorization server; the client sees neither your password nor what you click there."
    " You come back with a code.",
    Chapter.TOKEN: "The code went through the browser, where others may look. So it opens nothing by itself: the client trades it, directly"
    " and together with its secret, for the access token.",
    Chapter.TOKEN_WITHOUT_PERSON: "Nobody is asked here: the client shows what it was given for this (a secret, a key, or somebody's word)"
    " and gets an access token in its own name or its organisation's.",
    Chapter.ENTERING: "The client knocks once more, this time with the token. The server checks who issued it, for whom, for what and until when.",
    Chapter.USING: "From here on it is work: each message carries the token, and the server decides each time whether it allows this much.",
    Chapter.LEAVING: "What was given is given back, so that nobody can use it any more.",
}


IN_SHORT = {
    Chapter.MEETING: "The server asked for a token first.",
    Chapter.DISCOVERY: "It named {auth} as the place to get one, and what both said about themselves agreed.",
    Chapter.REGISTRATION: "The client made itself known there.",
    Chapter.CONSENT: "You signed in there, said what you allow, and came back with a code.",
    Chapter.TOKEN: "The client traded the code, and a secret only it knew, for a token that is good for {mcp} alone.",
    Chapter.TOKEN_WITHOUT_PERSON: "The client proved who it is and got a token that is good for {mcp} alone; nobody had to be asked.",
    Chapter.ENTERING: "With that token the server let it in.",
}
"""What a chapter of a sign-in came to, once it is over."""
LEAST = 4


def in_short(chapters: Sequence[Chapter], hosts: Mapping[str, str]) -> str:
    """The whole sign-in in a few sentences; empty for a flow that has none in it."""
    told = [IN_SHORT[name] for name in dict.fromkeys(chapters) if name in IN_SHORT]
    known = {"auth": hosts.get("auth", "an authorization server"), "mcp": hosts.get("mcp", "this server")}
    return " ".join(each.format(**known) for each in told) if len(told) >= LEAST else ""


def about(chapter: Chapter | None) -> str:
    return ABOUT.get(chapter, "") if chapter else ""


def title_of(chapter: Chapter) -> str:
    return TITLES[chapter]
