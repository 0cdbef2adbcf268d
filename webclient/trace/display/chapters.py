"""What each chapter of a flow is about, for somebody who sees one for the first time."""

from collections.abc import Mapping, Sequence

ABOUT = {
    "You ask": "Everything begins with a wish of yours.",
    "Knocking at the door": "The client asks the server who it is, with empty hands. A server that protects something answers: not without a token.",
    "Finding out how to sign in": "From the server the client learns who issues tokens for it, and from that one at which addresses. Every answer is checked:"
    " a liar here could send you to a false sign-in page.",
    "Introducing this client": "An authorization server gives tokens only to clients it knows, so this client says who it is and gets a client id.",
    "Asking you": "Now you decide. Your browser goes to the authorization server; the client stays outside and sees neither your password nor what you click."
    " You come back with a code.",
    "Trading the code for a token": "The code went through the browser, where others may look. So it opens nothing by itself: the client trades it, directly"
    " and together with its secret, for the access token.",
    "Getting a token without a person": "Nobody is asked here: the client shows what it was given for this (a secret, a key, or somebody's word)"
    " and gets an access token in its own name or its organisation's.",
    "Coming in with the token": "The client knocks once more, this time with the token. The server checks who issued it, for whom, for what and until when.",
    "Using the tools": "From here on it is work: each message carries the token, and the server decides each time whether it allows this much.",
    "Saying goodbye": "What was given is given back, so that nobody can use it any more.",
}


IN_SHORT = {
    "Knocking at the door": "The server asked for a token first.",
    "Finding out how to sign in": "It named {auth} as the place to get one, and what both said about themselves agreed.",
    "Introducing this client": "The client made itself known there.",
    "Asking you": "You signed in there, said what you allow, and came back with a code.",
    "Trading the code for a token": "The client traded the code, and a secret only it knew, for a token that is good for {mcp} alone.",
    "Getting a token without a person": "The client proved who it is and got a token that is good for {mcp} alone; nobody had to be asked.",
    "Coming in with the token": "With that token the server let it in.",
}
"""What a chapter of a sign-in came to, once it is over."""
LEAST = 4


def in_short(chapters: Sequence[str], hosts: Mapping[str, str]) -> str:
    """The whole sign-in in a few sentences; empty for a flow that has none in it."""
    told = [IN_SHORT[name] for name in dict.fromkeys(chapters) if name in IN_SHORT]
    known = {"auth": hosts.get("auth", "an authorization server"), "mcp": hosts.get("mcp", "this server")}
    return " ".join(each.format(**known) for each in told) if len(told) >= LEAST else ""


def about(chapter: str) -> str:
    return ABOUT.get(chapter, "")
