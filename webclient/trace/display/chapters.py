"""The titles and explanations of the chapters of a flow."""

from collections.abc import Mapping, Sequence

from ..recording import Chapter

TITLES = {
    Chapter.ASKING: "Your request",
    Chapter.MEETING: "Requests without a token",
    Chapter.DISCOVERY: "Discovery: how to sign in",
    Chapter.REGISTRATION: "Client registration",
    Chapter.CONSENT: "Your consent",
    Chapter.TOKEN: "Exchanging the code for a token",
    Chapter.TOKEN_WITHOUT_PERSON: "Getting a token without a person",
    Chapter.ENTERING: "Connecting with the token",
    Chapter.USING: "Using the server",
    Chapter.LEAVING: "Revoking the token",
    Chapter.OTHER: "Other steps",
}
ABOUT = {
    Chapter.ASKING: "Each flow begins with a request of yours.",
    Chapter.MEETING: "The client sends its first requests without a token. A protected server responds that it "
    "requires one.",
    Chapter.DISCOVERY: "The MCP server names the authorization server that issues tokens for it, and the "
    "authorization server names its endpoints. The client checks every response, because false "
    "metadata could send you to a false sign-in page.",
    Chapter.REGISTRATION: "An authorization server issues tokens only to clients it knows. This client identifies "
    "itself and gets a client id.",
    Chapter.CONSENT: "Your browser goes to the authorization server, where you sign in and decide what to allow. The "
    "client sees neither your password nor what you do there. Your browser brings back a code.",
    Chapter.TOKEN: "The code went through the browser, where others may see it, so it is of no use by itself. The "
    "client exchanges it directly for"
    " the access token, together with a secret that only the client has.",
    Chapter.TOKEN_WITHOUT_PERSON: "No person is asked. The client presents a secret, a key or the assertion of an "
    "identity provider, and gets a token in its own name or in that of its organisation.",
    Chapter.ENTERING: "The client repeats its request, this time with the token. The server checks the issuer, the "
    "audience, the scopes and the lifetime of the token.",
    Chapter.USING: "The client sends the token with each message, and the server decides each time whether the token "
    "allows it.",
    Chapter.LEAVING: "The client revokes the tokens, so that nobody can use them any more.",
}
"""Explanations of the chapters, for readers who see a flow for the first time."""


IN_SHORT = {
    Chapter.MEETING: "The server asked for a token.",
    Chapter.DISCOVERY: "It named {auth} as the authorization server, and the metadata of both servers agreed.",
    Chapter.REGISTRATION: "The client identified itself there.",
    Chapter.CONSENT: "You signed in there, decided what to allow, and came back with a code.",
    Chapter.TOKEN: "The client exchanged the code, with a secret that only it has, for a token that is valid for "
    "{mcp} only.",
    Chapter.TOKEN_WITHOUT_PERSON: "The client proved its identity and got a token that is valid for {mcp} only; no "
    "person was asked.",
    Chapter.ENTERING: "The server accepted the token.",
}
"""Results of the chapters of a sign-in, for the summary of a flow that succeeded."""
LEAST = 4
"""Chapters of IN_SHORT that a flow must contain to be summed up as a sign-in."""


def in_short(chapters: Sequence[Chapter], hosts: Mapping[str, str]) -> str:
    """A summary of the sign-in in a few sentences; empty for a flow without one. ``hosts`` are by party."""
    told = [IN_SHORT[name] for name in dict.fromkeys(chapters) if name in IN_SHORT]
    known = {"auth": hosts.get("auth", "an authorization server"), "mcp": hosts.get("mcp", "this server")}
    return " ".join(each.format(**known) for each in told) if len(told) >= LEAST else ""


def about(chapter: Chapter | None) -> str:
    return ABOUT.get(chapter, "") if chapter else ""


def title_of(chapter: Chapter) -> str:
    return TITLES[chapter]
