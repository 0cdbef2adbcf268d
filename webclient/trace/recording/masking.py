"""Masking of secrets before anything is stored: kind, length and a recognizable mark remain."""

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from attrs import define, field, frozen

from .claims import DecodedToken, decode
from .secrets import ADDRESS, EVERYWHERE, KEY_MEMBERS, OAUTH, in_words, is_secret, kind_of, name_of, plain

OPEN, CLOSE = "\ue000", "\ue001"
PLACE = re.compile(f"{OPEN}([a-z_]+)\\|([0-9a-f]+)\\|([0-9]+){CLOSE}")
SHORTEST_KNOWN, LONGEST_KNOWN, MOST_DECODED = 8, 16_384, 32
MOST_KNOWN, MOST_COOKIES, MOST_TYPED = 64, 64, 128
"""Most remembered secrets, cookies, and secrets that a person typed. They are kept apart, so that what a server sends
displaces none that a person typed, and its cookies displace only cookies: up to 20, each by its value and in its header
lines.
"""
DEEPEST = 64
T = TypeVar("T")

# Each pattern begins only at the start of a word and looks back a bounded distance, so that hostile text takes linear
# time.
JWT = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+){2,4}")
SCHEME = re.compile(r"""(?i)\b(Bearer|DPoP|Basic|Token)(\s{1,8}|%20|\+)([A-Za-z0-9\-._~+/]{16,}+=*+)(?!["\w])""")
NAMED = re.compile(r"""(?<![A-Za-z0-9_-])([A-Za-z0-9_-]{3,64})\\?["']?\s{0,8}([:=])\s{0,8}\\?["']?""")
VALUE = re.compile(r"""[^\s"'&,;<>{}\[\]\\\ue000\ue001]{4,}""")
RUNS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[A-Za-z0-9]{16,}")
KEY_LIKE = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).+")
"""Letters and digits in one long run, or a UUID: such a part of a path is a key, not a name."""
WORDS = frozenset({"token", "secret", "assertion", "cookie", "authorization", "dpop"})
IN_ADDRESSES = frozenset({"code", "state", "user_code"})


@frozen
class Secret:
    """The replacement of a secret in a text: ``mark`` is a keyed digest, ``length`` in characters."""

    kind: str
    mark: str
    length: int

    def __str__(self) -> str:
        return f"{OPEN}{self.kind}|{self.mark}|{self.length}{CLOSE}"

    @property
    def label(self) -> str:
        return f"{in_words(self.kind)} {name_of(self.mark)}"


def pieces(text: str) -> Iterator[str | Secret]:
    """Split a masked text into plain text and secrets, in order."""
    at = 0
    for found in PLACE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        yield Secret(found[1], found[2], int(found[3]))
        at = found.end()
    if at < len(text):
        yield text[at:]


def readable(text: str) -> str:
    """A masked text for output without markup: exports, terminals, sentences."""
    return "".join(piece if isinstance(piece, str) else f"[{piece.label}]" for piece in pieces(text))


def without_marks(text: str) -> str:
    """Text from others in which no characters can pass for our marks."""
    return text.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")


def _names_a_secret(found: re.Match[str], *, oauth: bool) -> bool:
    """Whether the value after a name in a text is a secret.

    An everyday word followed by a colon is prose ("no token: invalid_client"), unless the value is quoted. In the query
    of an address more names are secret than elsewhere.
    """
    name, prose = plain(found[1]), found[2] == ":" and found[0][-1] not in "\"'"
    if (
        found[2] == "="
        and found.string[found.start() - 1 : found.start()] in ("?", "&", "#")
        and is_secret(name, ADDRESS)
    ):
        return True
    return (is_secret(name) and not (prose and name in WORDS)) or (oauth and found[2] == "=" and name in IN_ADDRESSES)


def _spellings(value: str) -> set[str]:
    return {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1], html.escape(value)}


@define
class Masker:
    """Masks the secrets of one integration. A secret once masked by its name is recognized in any other place and
    spelling.

    Remembers MOST_KNOWN secrets, MOST_COOKIES cookies, and separately MOST_TYPED secrets that the person typed; the
    least recently seen are forgotten.
    """

    key: bytes = field(repr=False)
    _typed: "OrderedDict[str, Secret]" = field(factory=OrderedDict, repr=False)
    _known: "OrderedDict[str, Secret]" = field(factory=OrderedDict, repr=False)
    _cookies: "OrderedDict[str, Secret]" = field(factory=OrderedDict, repr=False)
    _spelled: list[tuple[str, str]] = field(factory=list, repr=False)
    _decoded: "OrderedDict[str, DecodedToken]" = field(factory=OrderedDict, repr=False)

    def secret(self, kind: str, value: str) -> str:
        """Remember a secret, and return the mark that replaces it."""
        return self._kept(
            kind, value, *((self._cookies, MOST_COOKIES) if kind == "cookie" else (self._known, MOST_KNOWN))
        )

    def typed(self, kind: str, value: str) -> str:
        """As secret(), for a value that a person typed, which no value from a server can displace."""
        return self._kept(kind, value, self._typed, MOST_TYPED)

    def _kept(self, kind: str, value: str, memory: "OrderedDict[str, Secret]", most: int) -> str:
        """Remember a secret in ``memory``, and return its mark.

        A secret seen again keeps its mark and becomes the most recent one; it stays in the memory that is least exposed
        to displacement.
        """
        for safer in (self._typed, self._known, self._cookies):
            if value in safer:
                safer.move_to_end(value)
                return str(safer[value])
            if safer is memory:
                break
        before = self._known.pop(value, None) or self._cookies.pop(value, None)
        made = before or self._made(kind, value)
        if SHORTEST_KNOWN <= len(value) <= LONGEST_KNOWN:
            self._spell(value, made, _remember(memory, value, made, most), fresh=before is None)
        return str(made)

    def _made(self, kind: str, value: str) -> Secret:
        mark = hmac.new(self.key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:10]
        decoded = decode(value)
        if decoded:
            masked = DecodedToken(self.value(decoded.header), self.value(decoded.claims))
            _remember(self._decoded, mark, masked, MOST_DECODED)
        return Secret(kind, mark, len(value))

    def _spell(self, value: str, made: Secret, gone: Secret | None, *, fresh: bool) -> None:
        """Update the spellings to search for, the longest first: add those of a ``fresh`` secret, drop those of
        ``gone``.
        """
        kept = [each for each in self._spelled if gone is None or each[1] != str(gone)]
        spelled = [(spelling, str(made)) for spelling in _spellings(value)] if fresh else []
        self._spelled = sorted([*kept, *spelled], key=lambda each: -len(each[0]))

    def decoded(self, text: str) -> dict[str, DecodedToken]:
        """The JWTs whose marks are in a masked text, by mark."""
        return {found[2]: self._decoded[found[2]] for found in PLACE.finditer(text) if found[2] in self._decoded}

    def _known_in(self, text: str) -> str:
        for spelling, place in self._spelled:
            if spelling in text:
                text = text.replace(spelling, place)
        return text

    def text(self, text: str, *, oauth: bool = False) -> str:
        """Mask text from others: known secrets, what looks like a token, and values named like a secret."""
        masked = self._known_in(without_marks(text))
        masked = JWT.sub(lambda found: self.secret("token", found[0]), masked)
        masked = SCHEME.sub(lambda found: found[1] + found[2] + self._credentials(found[1], found[3]), masked)
        return self._members(masked, oauth=oauth)

    def _members(self, text: str, *, oauth: bool) -> str:
        """Mask secrets in ``name=value`` and ``"name": "value"`` anywhere in the text."""
        parts, at = [], 0
        for found in NAMED.finditer(text):
            value = (
                VALUE.match(text, found.end()) if found.start() >= at and _names_a_secret(found, oauth=oauth) else None
            )
            if value:
                parts += [text[at : found.end()], self.secret(kind_of(found[1]), value[0])]
                at = value.end()
        return "".join([*parts, text[at:]])

    def _credentials(self, scheme: str, value: str) -> str:
        if scheme.lower() != "basic":
            return self.secret("access_token", value)
        with_secret = _basic_secret(value)
        if with_secret:
            self.secret("client_secret", with_secret)
        return self.secret("basic", value)

    def _authorization(self, value: str) -> str:
        scheme, blank, rest = value.partition(" ")
        return scheme + blank + self._credentials(scheme, rest.strip()) if rest else self.secret("authorization", value)

    def named(self, name: str, value: str, names: frozenset[str] = EVERYWHERE) -> str:
        """Mask a text value that has a name."""
        if not value or not is_secret(name, names):
            return self.text(value, oauth=names is not EVERYWHERE)
        return (
            self._authorization(value)
            if plain(name) in ("authorization", "proxy_authorization")
            else self.secret(kind_of(name), value)
        )

    def value(self, value: Any, names: frozenset[str] = EVERYWHERE, left: int = DEEPEST) -> Any:
        """The JSON value with secrets masked at any depth; what is nested deeper than DEEPEST is left out."""
        if left == 0:
            return "…"
        if isinstance(value, str):
            return self.text(value, oauth=names is not EVERYWHERE)
        if isinstance(value, list):
            return [self.value(each, names, left - 1) for each in value]
        if isinstance(value, Mapping):
            return {
                self.text(str(name)): self._member(str(name), each, value, names, left) for name, each in value.items()
            }
        return value

    def member(self, name: str, value: Any, names: frozenset[str] = EVERYWHERE) -> Any:
        """Mask a JSON value that has a name."""
        return self._member(name, value, {}, names, DEEPEST)

    def _member(self, name: str, value: Any, around: Mapping[str, Any], names: frozenset[str], left: int) -> Any:
        if isinstance(value, str) and "kty" in around and name in KEY_MEMBERS:
            return self.secret("secret", value)
        if isinstance(value, list) and is_secret(name, names) and all(isinstance(each, str) for each in value):
            return [self.named(name, each, names) for each in value]
        return self.named(name, value, names) if isinstance(value, str) else self.value(value, names, left - 1)

    def url(self, url: str) -> str:
        """Mask an address: values in query and fragment by their names. User name and password are removed."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self.text(url, oauth=True)
        _, at, host = parts.netloc.rpartition("@")
        query, fragment = self.form(parts.query, ADDRESS), self.form(parts.fragment, ADDRESS)
        return urlunsplit(
            parts._replace(
                netloc=host if at else parts.netloc, path=self.text(parts.path), query=query, fragment=fragment
            )
        )

    def address(self, url: str) -> None:
        """Remember the secrets in an address that a person typed, since many servers take a key as part of the path or
        query.
        """
        try:
            parts = urlsplit(url)
        except ValueError:
            return
        for part in parts.path.split("/"):
            if any(KEY_LIKE.fullmatch(run) for run in RUNS.findall(part)):
                self.typed("secret", part)
        for name, value in parse_qsl(parts.query):
            if is_secret(name, ADDRESS):
                self.typed(kind_of(name), value)

    def form(self, text: str, names: frozenset[str] = OAUTH) -> str:
        """Mask ``application/x-www-form-urlencoded`` text; pairs without a secret stay unchanged."""
        if "=" not in text:
            return self.text(text)
        return "&".join(self._field(pair, names) for pair in text.split("&"))

    def _field(self, pair: str, names: frozenset[str]) -> str:
        name, equals, value = pair.partition("=")
        plain_value = unquote_plus(value)
        masked = self.named(unquote_plus(name), plain_value, names)
        return self.text(name) + equals + (value if masked == plain_value else masked)


def _remember(memory: "OrderedDict[str, T]", name: str, value: T, most: int) -> T | None:
    """Add a value as the newest, and return the one that was forgotten for it, if any."""
    memory[name] = value
    return memory.popitem(last=False)[1] if len(memory) > most else None


def _basic_secret(value: str) -> str | None:
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(pair.partition(":")[2]) or None
