"""What may be written down and what not: by value."""

import base64
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webclient.trace import Masker, Notes
from webclient.trace.recording.claims import DecodedToken
from webclient.trace.recording.exchanges import MOST_BODY, Recording, Writer
from webclient.trace.recording.masking import CLOSE, MOST_COOKIES, MOST_KNOWN, OPEN, pieces, readable
from webclient.trace.recording.notes import LONGEST_VALUE
from webclient.trace.recording.secrets import OAUTH, WORDS, name_of

CANARY = "c4nary-0123456789abcdefghij"
JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhZGEifQ.U0lHTkFUVVJF-not-kept"


def masker() -> Masker:
    return Masker(b"k" * 32)


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {CANARY}",
        f"Authorization: DPoP {CANARY}",
        f'{{"access_token": "{CANARY}", "x": 1}}',
        f"{{'refresh_token': '{CANARY}'}}",
        f'"{{\\"client_secret\\": \\"{CANARY}\\"}}"',
        f"grant_type=x&code_verifier={CANARY}&y=1",
        f"password: {CANARY}",
        f"<input name=id_token value=x> id_token={CANARY}",
        f"the token {JWT} was bad",
        f"https://a.example/?sessionToken={CANARY}",
        f"apiKey={CANARY}",
        f'{{"token": "{CANARY}"}}',
        f"foo=access-token={CANARY}",
    ],
)
def test_secrets_are_known_by_their_shape_and_by_the_names_around_them(text: str) -> None:
    masked = masker().text(text)
    assert CANARY not in masked
    assert "U0lHTkFUVVJF" not in masked
    assert OPEN in masked


@pytest.mark.parametrize(
    "text",
    [
        'Bearer resource_metadata="https://a.example/x", scope="a b"',
        'Bearer error="invalid_token"',
        "code: 12, state: done",
        "it issued no token: invalid_client",
        "secret: none at all",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masker().text(text) == text


def test_once_masked_by_name_a_secret_is_known_anywhere_in_any_spelling() -> None:
    known, odd = masker(), 'p/4+ "ä" <x>& long enough'
    known.named("client_secret", odd)
    for spelled in (
        odd,
        "p%2F4%2B%20%22%C3%A4%22%20%3Cx%3E%26%20long%20enough",
        json.dumps(odd),
        "p/4+ &quot;ä&quot; &lt;x&gt;&amp; long enough",
    ):
        assert readable(known.text(f"I heard {spelled}!")).count("[client secret ") == 1


def test_secret_keeps_its_name_whatever_it_is_sent_as() -> None:
    known = masker()
    issued = known.named("access_token", CANARY)
    assert known.named("Authorization", f"Bearer {CANARY}") == f"Bearer {issued}"
    assert known.named("token", CANARY) == issued
    assert issued != Masker(b"o" * 32).named("access_token", CANARY)


def test_basic_credentials_are_taken_apart() -> None:
    """RFC 6749 section 2.3.1: the secret in them is known from then on."""
    known = masker()
    known.named("Authorization", "Basic " + base64.b64encode(f"id:{CANARY}".encode()).decode())
    assert CANARY not in known.text(f"wrong secret {CANARY}")


def test_code_and_state_are_secret_in_oauth_and_words_elsewhere() -> None:
    assert masker().value({"code": "DE", "state": "Bavaria"}) == {"code": "DE", "state": "Bavaria"}
    assert CANARY not in json.dumps(masker().value({"code": CANARY}, OAUTH))
    assert CANARY not in masker().text(f"https://c.example/callback?code={CANARY}&x=1", oauth=True)


def test_address_loses_user_query_and_fragment_secrets() -> None:
    masked = masker().url(f"https://ada:{CANARY}@a.example/x?api_key={CANARY}&q=1#access_token={CANARY}")
    assert CANARY not in masked
    assert masked.startswith("https://a.example/x?api_key=")
    assert "&q=1#" in masked


def test_key_loses_its_private_members() -> None:
    """RFC 7518 section 6.2.2."""
    masked = masker().value({"kty": "EC", "crv": "P-256", "x": "public", "d": CANARY})
    assert masked["x"] == "public"
    assert CANARY not in json.dumps(masked)


def test_jwt_is_decoded_without_its_signature() -> None:
    """RFC 7515 section 7.1."""
    known = masker()
    masked = known.text(f"x {JWT} y")
    assert list(known.decoded(masked).values()) == [DecodedToken({"alg": "ES256"}, {"sub": "ada"})]


def test_foreign_text_cannot_pass_for_a_mark() -> None:
    assert list(pieces(masker().text(f"{OPEN}access_token|abcdef0123|5{CLOSE}"))) == [
        "\ufffdaccess_token|abcdef0123|5\ufffd"
    ]


def test_deep_values_end() -> None:
    value: object = "x"
    for _ in range(500):
        value = [value]
    assert "…" in json.dumps(masker().value(value), ensure_ascii=False)


def test_long_values_are_cut_between_words() -> None:
    notes = Notes(masker())
    notes.sends({"text": f"{'x ' * (LONGEST_VALUE // 2 - 3)}{CANARY} more"})
    assert notes.sent[0].value.endswith("(cut here)")
    assert CANARY[:8] not in notes.sent[0].value


def test_half_a_secret_at_the_end_of_what_is_kept_goes_too() -> None:
    """A body is kept up to a limit; a token that the limit cuts in two would not be recognized."""
    padding = "x" * (MOST_BODY - len('{"access_token": "') - 10 - len('{"pad": "", '))
    body = f'{{"pad": "{padding}", "access_token": "{CANARY}"}}'.encode()
    recording = Recording.start(Writer(masker(), oauth=True), 0, "GET", "https://a.example/", headers=(), body=None)
    recording.answered(200, "OK", "HTTP/1.1", [("Content-Type", "application/json")])
    recording.received(body)
    kept = recording.frozen().response
    assert kept is not None
    assert kept.cut
    assert kept.size == len(body)
    assert CANARY[:6] not in kept.body


@pytest.mark.parametrize(
    ("kind", "data", "kept"),
    [
        ("text/plain", b"\xff\xfe", "(not text)"),
        ("text/plain", b"a\0b", "(not text)"),
        ("", b"", ""),
        ("application/json", b"[1", "[1"),
        ("application/json", b'"just text"', '"just text"'),
        ("text/event-stream", b'id: 1\ndata: {"a": 1}\n\n', 'id: 1\ndata: {\n  "a": 1\n}\n'),
    ],
)
def test_bodies_of_every_kind(kind: str, data: bytes, kept: str) -> None:
    assert Writer(masker(), oauth=False).body(kind, data, cut=False) == kept


def test_events_are_masked_one_by_one() -> None:
    data = f'data: {{"result": {{"refresh_token": "{CANARY}"}}}}\ndata: {{"access_token": "{CANARY}'.encode()
    assert CANARY[:10] not in Writer(masker(), oauth=False).body("text/event-stream", data, cut=True)


def test_headers_are_masked_by_name() -> None:
    sent = [
        ("Cookie", f"a={CANARY}"),
        ("DPoP", JWT),
        ("Mcp-Session-Id", CANARY),
        ("Location", f"https://a.example/?code={CANARY}"),
        ("X", "y " * 4000),
    ]
    kept = Writer(masker(), oauth=False).headers(sent)
    assert CANARY not in str(kept)
    assert JWT[-8:] not in str(kept)
    assert len(kept[4][1]) <= 4001


@pytest.mark.parametrize(
    "text",
    [
        "auth-" * 3200,
        "eyJ-" * 4000,
        "Bearer " * 2300,
        "password" * 2000,
        "access_token: " * 1200,
        "-" * 16_000,
        "eyJ" + "a." * 8000,
    ],
)
def test_hostile_text_is_masked_in_linear_time(text: str) -> None:
    """Ten times as much takes about ten times as long: the bound is far below what backtracking would need, and far
    above a slow machine's pace.
    """
    known = masker()
    before = time.process_time()
    known.text(text * 4)
    assert time.process_time() - before < 10


def test_only_the_newest_secrets_are_remembered() -> None:
    known = masker()
    for number in range(MOST_KNOWN + 1):
        known.named("access_token", f"secret-number-{number}")
    assert known.text("secret-number-0 secret-number-64").startswith("secret-number-0 " + OPEN)


def test_secret_that_is_seen_again_counts_as_new() -> None:
    known = masker()
    first = known.named("access_token", CANARY)
    for number in range(MOST_KNOWN + 1):
        known.named("access_token", f"secret-number-{number}")
        assert known.named("token", CANARY) == first
    assert CANARY not in known.text(f"I heard {CANARY}")


def test_no_server_makes_the_masker_forget_what_a_person_typed() -> None:
    known, in_query = masker(), "typed-in-the-query-1"
    known.named("set_cookie", CANARY)
    known.typed("key", CANARY)
    known.address(f"https://a.example/{CANARY[::-1]}7f9c24e83b0e4c5a9d1f/mcp?key={in_query}")
    for number in range(MOST_KNOWN + 1):
        known.named("access_token", f"secret-number-{number}")
        known.named("set_cookie", f"cookie-number-{number}")
    masked = known.text(f"I heard {CANARY} and {CANARY[::-1]}7f9c24e83b0e4c5a9d1f and {in_query}")
    assert masked.count(OPEN) == 3


def test_cookies_push_out_nothing_but_cookies() -> None:
    """RFC 6265 lets a server set new ones with each answer."""
    known = masker()
    known.named("set_cookie", CANARY)
    issued = known.named("access_token", CANARY)
    for number in range(MOST_KNOWN + MOST_COOKIES):
        known.secret("cookie", f"cookie-number-{number}")
    assert known.text(f"I heard {CANARY}") == f"I heard {issued}"
    assert known.text("cookie-number-0") == "cookie-number-0"
    assert OPEN in known.text(f"cookie-number-{MOST_KNOWN}")


@given(st.text(), st.text(min_size=8).filter(lambda text: text.strip() == text))
def test_no_text_breaks_the_masker_and_no_known_secret_passes(text: str, secret: str) -> None:
    known = masker()
    known.named("access_token", secret)
    clean = secret.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")
    masked = "".join(piece for piece in pieces(known.text(text + clean + text)) if isinstance(piece, str))
    assert clean not in masked or clean in text + text


def test_animals_are_told_apart() -> None:
    assert len(set(WORDS)) == len(WORDS)
    assert name_of("00") == WORDS[0]
