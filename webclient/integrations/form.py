"""The form of an integration: its address, a client id if there is one, and how to sign in."""

from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from attrs import evolve, field, frozen

from mcpbase.addresses import is_literal, is_public

from ..addresses import PLAIN_URL, host_of
from ..mcp import LONGEST, UnusableHeader, read_header
from ..mcp.protocol import HANDSHAKE, MODERN, OLDEST
from ..oauth import DOCUMENT, DYNAMIC, TYPED, WITHOUT_PERSON, UnusableKey, read_key
from ..oauth.protocol import Backing, Credentials, Preferences

REVISIONS = (MODERN, *HANDSHAKE, OLDEST)
METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
KEY = "key"
"""Form value instead of a grant: a key issued by the server's owner, sent unchanged in a header."""
GRANTS = ("authorization_code", *WITHOUT_PERSON, KEY)
LONGEST_NAME, LONGEST_URL, MOST_SCOPES = 100, 2000, 50


@frozen
class IntegrationForm:
    """The values read from the form. ``typed`` and ``backing`` are None when nothing was entered."""

    url: str
    name: str = ""
    typed: Credentials | None = None
    preferences: Preferences = field(factory=Preferences)
    backing: Backing | None = None
    headers: Mapping[str, str] = field(factory=dict, repr=False)


class InvalidForm(ValueError):
    """The form has invalid inputs.

    ``problems`` maps names of inputs to one sentence each; ``meant`` maps names to suggested values to fill in.
    """

    def __init__(self, problems: dict[str, str], meant: Mapping[str, str] | None = None) -> None:
        super().__init__("Some of the values are not valid.")
        self.problems, self.meant = problems, dict(meant or {})


class NotWhole(ValueError):
    """An address without a scheme; ``meant`` is the suggested complete address."""

    def __init__(self, meant: str) -> None:
        super().__init__(f"Enter the full address. Do you mean {meant} ?")
        self.meant = meant


def whole(text: str) -> str:
    """The address with a guessed scheme: http on this machine and in private networks, where certificates are rare, and
    https elsewhere.
    """
    host = host_of(f"https://{text}") or ""
    inside = host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".lan")) or "." not in host
    return f"{'http' if inside or (is_literal(host) and not is_public(host)) else 'https'}://{text[:200]}"


def read_address(text: str) -> str:
    """The typed address with scheme and host in lower case. Raises ValueError with a sentence for the person."""
    if "://" not in text and host_of(f"https://{text}"):
        raise NotWhole(whole(text))
    if "#" in text:
        raise ValueError("Leave out the # and what follows it. It is never sent to a server.")
    host = host_of(text)
    if not text.lower().startswith(("http://", "https://")):
        raise ValueError(
            "Enter the full address, starting with https:// (or http:// for a server on your own machine)."
        )
    if host is None or not PLAIN_URL.fullmatch(text) or len(text) > LONGEST_URL:
        raise ValueError("This is not a web address.")
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise ValueError("Leave out the user name and password. You sign in at the authorization server.")
    return urlunsplit(parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()))


class Reader:
    """Reads the inputs of a form, and collects what is wrong with them in ``problems``."""

    def __init__(self, form: Mapping[str, str]) -> None:
        self._form = form
        self.problems: dict[str, str] = {}
        self.meant: dict[str, str] = {}

    def text(self, name: str, longest: int = LONGEST_URL) -> str:
        return self._form.get(name, "").strip()[:longest]

    def ticked(self, name: str) -> bool:
        return name in self._form

    def refuse(self, name: str, sentence: str) -> None:
        self.problems.setdefault(name, sentence)

    def one_of(self, name: str, offered: tuple[str, ...]) -> str:
        value = self.text(name)
        if value and value not in offered:
            self.refuse(name, "Choose one of the offered values.")
        return value

    def address(self, name: str) -> str:
        try:
            return read_address(self.text(name))
        except ValueError as error:
            self.refuse(name, str(error))
            if isinstance(error, NotWhole):
                self.meant[name] = error.meant
            return ""


def read_choices(form: Mapping[str, str], kept: IntegrationForm | None = None) -> IntegrationForm:
    """Read the inputs of the add page or the settings page.

    ``kept`` is what is stored already: a secret that is left empty keeps its stored value. Raises InvalidForm.
    """
    reader = Reader(form)
    url = reader.address("url") if kept is None else kept.url
    preferences = _preferences(reader)
    typed = _typed(reader, preferences, kept.typed if kept else None)
    backing = _backing(reader, preferences.grant, (kept.backing if kept else None) or Backing())
    headers = _headers(reader, kept.headers if kept else {}) if preferences.grant == KEY else {}
    if preferences.grant == "client_credentials" and typed is None:
        reader.refuse("client_id", "A client that acts for itself (client credentials) needs a client id.")
    if reader.problems:
        raise InvalidForm(reader.problems, reader.meant)
    chosen = evolve(preferences, registration=TYPED) if typed else preferences
    return IntegrationForm(url, reader.text("name", LONGEST_NAME), typed, chosen, backing, headers)


def _headers(reader: Reader, kept: Mapping[str, str]) -> Mapping[str, str]:
    """The header that carries the key. An empty key keeps the stored one, unless the header's name was changed."""
    name, value = reader.text("key_header", 200), reader.text("key_value", LONGEST + 1)
    if not value and kept and name.lower() in ("", next(iter(kept)).lower()):
        return kept
    try:
        return read_header(name, value)
    except UnusableHeader as error:
        reader.refuse("key_value", str(error))
        return {}


def _preferences(reader: Reader) -> Preferences:
    scopes = tuple(dict.fromkeys(reader.text("scopes").split()))
    if len(scopes) > MOST_SCOPES or not all(
        scope.isascii() and scope.isprintable() and '"' not in scope and "\\" not in scope for scope in scopes
    ):
        reader.refuse("scopes", "Enter scopes separated by spaces. A scope has no quotation marks and no backslashes.")
    grant = reader.one_of("grant", GRANTS)
    return Preferences(
        protocol=reader.one_of("protocol", REVISIONS),
        registration=reader.one_of("registration", (DOCUMENT, DYNAMIC)),
        auth_method=reader.one_of("auth_method", METHODS),
        grant="" if grant == "authorization_code" else grant,
        scopes=scopes,
        dpop=reader.ticked("dpop"),
    )


def _typed(reader: Reader, preferences: Preferences, kept: Credentials | None) -> Credentials | None:
    """The typed client id with its secret or key, when the person said that the server does not register clients."""
    if not reader.ticked("no_registration"):
        return None
    client_id = reader.text("client_id", 500)
    if not client_id:
        reader.refuse("client_id", "Enter the client id that you got from the owner of the server.")
    same = kept if kept and kept.client_id == client_id else Credentials("")
    secret, pasted, key = reader.text("client_secret", 2000), reader.text("private_key", 10_000), same.key
    try:
        key = read_key(pasted) if pasted else key
    except UnusableKey as error:
        reader.refuse("private_key", str(error))
    if preferences.auth_method == "private_key_jwt" and not key:
        reader.refuse("private_key", "This client authentication method needs a private key.")
    if preferences.auth_method in ("client_secret_basic", "client_secret_post") and not (secret or same.client_secret):
        reader.refuse("client_secret", "This client authentication method needs the client secret.")
    return Credentials(client_id, secret or same.client_secret, key=key)


def _backing(reader: Reader, grant: str, kept: Backing) -> Backing | None:
    """The backing of a sign-in without a person: a workload's own token, or the organisation's identity provider."""
    if grant == "workload":
        assertion = reader.text("assertion", 20_000) or kept.assertion
        if not assertion:
            reader.refuse("assertion", "Enter the token of the workload.")
        return Backing(assertion=assertion)
    if grant != "enterprise":
        return None
    secret = reader.text("idp_client_secret") or kept.credentials.client_secret
    client = Credentials(reader.text("idp_client_id", 500), secret, "client_secret_basic" if secret else "none")
    id_token = reader.text("id_token", 20_000) or kept.id_token
    for name, value in (("idp_client_id", client.client_id), ("id_token", id_token)):
        if not value:
            reader.refuse(name, "This field is required.")
    return Backing(
        token_endpoint=reader.address("idp_token_endpoint"),
        issuer=reader.text("idp_issuer"),
        credentials=client,
        id_token=id_token,
    )


def as_inputs(choices: IntegrationForm) -> dict[str, str]:
    """The initial values of a settings page: all but the secrets."""
    preferences, typed, backing = choices.preferences, choices.typed, choices.backing or Backing()
    ticks = {"no_registration": typed is not None, "dpop": preferences.dpop}
    return {
        "url": choices.url,
        "name": choices.name,
        "client_id": typed.client_id if typed else "",
        "protocol": preferences.protocol,
        "registration": "" if preferences.registration == TYPED else preferences.registration,
        "auth_method": preferences.auth_method,
        "grant": preferences.grant,
        "scopes": " ".join(preferences.scopes),
        "key_header": next(iter(choices.headers), ""),
        "idp_token_endpoint": backing.token_endpoint,
        "idp_issuer": backing.issuer,
        "idp_client_id": backing.credentials.client_id,
        **{name: "yes" for name, ticked in ticks.items() if ticked},
    }
