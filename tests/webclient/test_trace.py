"""The flow trace: everything is told, nothing secret is kept."""

from webclient.trace import Masker, Notes
from webclient.trace.claims import decode, explain
from webclient.trace.masking import readable

from .browser import Browser
from .conftest import Running
from .foreign import Foreign


async def test_every_hop_is_told_in_order(browser: Browser, foreign: Foreign) -> None:
    """A connection and a call are two runs; each is told on its own."""
    connected = await browser.add(foreign.url)
    called = await browser.call(connected, "whoami")
    titles = [
        "Connect me to this server",
        "Hello, who are you?",
        "Where do I sign in?",
        "What can you do, and where?",
        "Hello, may I have a client id?",
        "May this client act for me?",
        "I am back with the answer",
        "Here is the code and its secret",
        "Here is my token; who are you?",
        "What can you do?",
    ]
    page = await browser.get(connected.path + "/trace?run=1")
    places = [page.html.index(f"<h3>{title}</h3>") for title in titles]
    assert places == sorted(places)
    assert page.html.count('class="hop hop-') == len(titles)
    assert called.html.index("<h3>Call whoami</h3>") < called.html.index("<h3>Please do: whoami</h3>")
    assert called.html.count('class="hop hop-') == 2
    assert "RFC 9207 section 2.4" in page.text
    assert "RFC 8414 section 3.3" in page.text


async def test_tokens_are_masked_and_jwts_decoded(browser: Browser, foreign: Foreign, client: Running) -> None:
    page = await browser.add(foreign.url)
    token = next(iter(foreign.access))
    assert "Read the access token" in page.text
    assert "Where it may be used" in page.text
    assert "2027-01-15" in page.text
    await client.stop()
    everything = page.html.encode() + b"".join(each.read_bytes() for each in client.files())
    verifier, code = foreign.asked("/token")[0].form["code_verifier"], foreign.asked("/token")[0].form["code"]
    for secret in (token, token.rsplit(".", 1)[1], *foreign.refresh, code, verifier):
        assert secret.encode() not in everything
    await client.start()


def test_secret_names_are_masked_at_any_depth() -> None:
    masked = Masker(b"k").value({"a": [{"Password": "x", "b": 1}]})
    assert readable(masked["a"][0]["Password"]).startswith("[password ")
    assert masked["a"][0]["b"] == 1


def test_long_values_are_cut() -> None:
    notes = Notes()
    notes.sends({"text": "x " * 5000})
    assert notes.sent[0].value.endswith("(cut here)")


def test_what_is_no_jwt_is_not_decoded() -> None:
    """RFC 7515 section 7.1."""
    for token in ("a.b", "a.b.c", "WzFd.e30.x", "e30.WzFd.x", "!.e30.x", "e30." + "e" * 20000 + ".x"):
        assert decode(token) is None


def test_claims_are_explained() -> None:
    rows = explain({"exp": 0, "aud": ["a"], "custom": True, "iat": "soon"})
    assert [row["value"] for row in rows] == ["1970-01-01 00:00:00 UTC", '["a"]', "true", "soon"]
    assert rows[2]["meaning"] == ""
