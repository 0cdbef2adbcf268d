"""What each chapter of a flow is about, for somebody who sees one for the first time."""

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
    "Coming in with the token": "The client knocks once more, this time with the token. The server checks who issued it, for whom, for what and until when.",
    "Using the tools": "From here on it is work: each message carries the token, and the server decides each time whether it allows this much.",
    "Saying goodbye": "What was given is given back, so that nobody can use it any more.",
}


def about(chapter: str) -> str:
    return ABOUT.get(chapter, "")
