"""Masking, before anything is written down: of a secret stays what kind it is, how long it is, and a mark by which it is known again."""

import base64
import binascii
import hashlib
import hmac
import html
import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus, urlsplit, urlunsplit

from attrs import define, field, frozen

from .claims import decode
from .secrets import ADDRESS, EVERYWHERE, KEY_MEMBERS, OAUTH, in_words, is_secret, kind_of, name_of, plain

OPEN, CLOSE = "\ue000", "\ue001"
PLACE = re.compile(f"{OPEN}([a-z_]+)\\|([0-9a-f]+)\\|([0-9]+){CLOSE}")
SHORTEST_KNOWN, LONGEST_KNOWN, MOST_KNOWN, MOST_DECODED = 8, 16_384, 64, 32
DEEPEST = 64

JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){2,4}")
SCHEME = re.compile(r"""(?i)\b(Bearer|DPoP|Basic|Token)(\s+|%20|\+)([A-Za-z0-9\-._~+/]{16,}+=*+)(?!["\w])""")
MEMBER = re.compile(
    r"""(?ix) (\\?["']?) \b( [a-z0-9_\-]*(?:access|refresh|id|subject|actor|device|session|auth)[_\-]?(?:token|code) | registration_access_token
      | client[_\-]?secret | code_verifier | client_assertion | password | passwd | api[_\-]?key | requestState | mcp-session-id | private_key )\b
      (\1 \s*[:=]\s* \\?["']?) ([^\s"'&,;<>{}\[\]\\\ue000\ue001]{4,})"""
)
CODE = re.compile(r"(?i)([?&#;]|\b(?=(?:code|state)=))(code|state)(=)([^\s\"'&,;<>\ue000\ue001]{4,})")


@frozen
class Secret:
    """What is left of a secret in a text: ``mark`` is a keyed digest, ``length`` in characters."""

    kind: str
    mark: str
    length: int

    def __str__(self) -> str:
        return f"{OPEN}{self.kind}|{self.mark}|{self.length}{CLOSE}"

    @property
    def label(self) -> str:
        return f"{in_words(self.kind)} {name_of(self.mark)}"


def pieces(text: str) -> Iterator[str | Secret]:
    """A masked text in order: what may be read, and the secrets between."""
    at = 0
    for found in PLACE.finditer(text):
        if found.start() > at:
            yield text[at : found.start()]
        yield Secret(found[1], found[2], int(found[3]))
        at = found.end()
    if at < len(text):
        yield text[at:]


def readable(text: str) -> str:
    """A masked text for places that have no markup: exports, terminals, sentences."""
    return "".join(piece if isinstance(piece, str) else f"[{piece.label}]" for piece in pieces(text))


def without_marks(text: str) -> str:
    """Foreign text in which nothing can pass for one of our marks."""
    return text.replace(OPEN, "\ufffd").replace(CLOSE, "\ufffd")


def _spellings(value: str) -> set[str]:
    return {value, quote(value, safe=""), quote(value), quote_plus(value), json.dumps(value)[1:-1], html.escape(value)}


@define
class Masker:
    """For one integration. What it has masked by its name it knows again wherever it turns up, however it is spelled; it remembers the newest MOST_KNOWN."""

    key: bytes = field(repr=False)
    _known: "OrderedDict[str, Secret]" = field(factory=OrderedDict, repr=False)
    _decoded: "OrderedDict[str, dict[str, Any]]" = field(factory=OrderedDict, repr=False)

    def secret(self, kind: str, value: str) -> str:
        """Remember a secret, and give what stands for it."""
        known = self._known.get(value)
        if known:
            return str(known)
        mark = hmac.new(self.key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:10]
        made = Secret(kind, mark, len(value))
        if SHORTEST_KNOWN <= len(value) <= LONGEST_KNOWN:
            _remember(self._known, value, made, MOST_KNOWN)
        decoded = decode(value)
        if decoded:
            _remember(self._decoded, mark, self.value(decoded), MOST_DECODED)
        return str(made)

    def decoded(self, text: str) -> dict[str, dict[str, Any]]:
        """Header and claims of the JWTs that a masked text mentions, by mark."""
        return {found[2]: self._decoded[found[2]] for found in PLACE.finditer(text) if found[2] in self._decoded}

    def _known_in(self, text: str) -> str:
        for value, secret in sorted(self._known.items(), key=lambda each: -len(each[0])):
            for spelling in _spellings(value):
                text = text.replace(spelling, str(secret))
        return text

    def text(self, text: str, *, oauth: bool = False) -> str:
        """Foreign text: what is known, what looks like a token, and what is called like a secret goes."""
        masked = self._known_in(without_marks(text))
        masked = JWT.sub(lambda found: self.secret("token", found[0]), masked)
        masked = SCHEME.sub(lambda found: found[1] + found[2] + self._credentials(found[1], found[3]), masked)
        masked = MEMBER.sub(lambda found: found[1] + found[2] + found[3] + self.secret(kind_of(found[2]), found[4]), masked)
        return CODE.sub(lambda found: found[1] + found[2] + found[3] + self.secret(kind_of(found[2]), found[4]), masked) if oauth else masked

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
        """One text under its name."""
        if not value or not is_secret(name, names):
            return self.text(value, oauth=names is not EVERYWHERE)
        return self._authorization(value) if plain(name) in ("authorization", "proxy_authorization") else self.secret(kind_of(name), value)

    def value(self, value: Any, names: frozenset[str] = EVERYWHERE, left: int = DEEPEST) -> Any:
        """The same JSON value without secrets, at any depth; what nests further than DEEPEST is left out."""
        if left == 0:
            return "…"
        if isinstance(value, str):
            return self.text(value, oauth=names is not EVERYWHERE)
        if isinstance(value, list):
            return [self.value(each, names, left - 1) for each in value]
        if isinstance(value, Mapping):
            return {self.text(str(name)): self._member(str(name), each, value, names, left) for name, each in value.items()}
        return value

    def member(self, name: str, value: Any, names: frozenset[str] = EVERYWHERE) -> Any:
        """One value under its name."""
        return self._member(name, value, {}, names, DEEPEST)

    def _member(self, name: str, value: Any, around: Mapping[str, Any], names: frozenset[str], left: int) -> Any:
        if isinstance(value, str) and "kty" in around and name in KEY_MEMBERS:
            return self.secret("secret", value)
        if isinstance(value, list) and is_secret(name, names) and all(isinstance(each, str) for each in value):
            return [self.named(name, each, names) for each in value]
        return self.named(name, value, names) if isinstance(value, str) else self.value(value, names, left - 1)

    def url(self, url: str) -> str:
        """An address: secrets go from its query and fragment by their names, a user and password altogether."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return self.text(url, oauth=True)
        _, at, host = parts.netloc.rpartition("@")
        query, fragment = self.form(parts.query, ADDRESS), self.form(parts.fragment, ADDRESS)
        return urlunsplit(parts._replace(netloc=host if at else parts.netloc, path=self.text(parts.path), query=query, fragment=fragment))

    def form(self, text: str, names: frozenset[str] = OAUTH) -> str:
        """``application/x-www-form-urlencoded``, which stays as it was where nothing in it is secret."""
        if "=" not in text:
            return self.text(text)
        return "&".join(self._field(pair, names) for pair in text.split("&"))

    def _field(self, pair: str, names: frozenset[str]) -> str:
        name, equals, value = pair.partition("=")
        plain_value = unquote_plus(value)
        masked = self.named(unquote_plus(name), plain_value, names)
        return self.text(name) + equals + (value if masked == plain_value else masked)


def _remember(memory: "OrderedDict[str, Any]", name: str, value: Any, most: int) -> None:
    memory[name] = value
    if len(memory) > most:
        memory.popitem(last=False)


def _basic_secret(value: str) -> str | None:
    try:
        pair = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return unquote_plus(pair.partition(":")[2]) or None
