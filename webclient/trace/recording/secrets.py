"""The names of secret values, and their labels for people."""

KINDS = {
    "access_token": "access token",
    "refresh_token": "refresh token",
    "id_token": "ID token",
    "token": "token",
    "subject_token": "subject token",
    "actor_token": "actor token",
    "registration_access_token": "registration token",
    "code": "code",
    "code_verifier": "verifier",
    "state": "state",
    "device_code": "device code",
    "user_code": "user code",
    "client_secret": "client secret",
    "client_assertion": "client assertion",
    "assertion": "assertion",
    "authorization": "credentials",
    "proxy_authorization": "credentials",
    "basic": "client id and secret",
    "dpop": "DPoP proof",
    "cookie": "cookie",
    "set_cookie": "cookie",
    "mcp_session_id": "session",
    "requeststate": "request state",
    "password": "password",
}
"""Secret parameters, each with a label for people."""

EVERYWHERE = frozenset(KINDS) - {"code", "state", "user_code"} | {
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "x_api_key",
    "private_key",
    "id_token_hint",
    "logout_token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "authtoken",
    "bearertoken",
    "sessiontoken",
    "clientsecret",
    "sessionid",
    "session_id",
}
"""Names that are secret everywhere.

``code`` and ``state`` are everyday words: they are secret in OAuth messages and in addresses only.
"""

OAUTH = EVERYWHERE | {"code", "state", "user_code"}
ADDRESS = OAUTH | {"key", "sig", "signature"}
ENDINGS = ("_token", "_secret", "_password", "_assertion", "_api_key")
KEY_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})
"""The private members of a JSON Web Key (RFC 7518 section 6)."""


def plain(name: str) -> str:
    return name.lower().replace("-", "_")


def is_secret(name: str, names: frozenset[str] = EVERYWHERE) -> bool:
    known = plain(name)
    return known in names or known.endswith(ENDINGS)


def kind_of(name: str) -> str:
    """The kind under which a secret is remembered; "secret" for names without a kind of their own."""
    known = plain(name)
    return known if known in KINDS else "access_token" if known in ("accesstoken", "bearertoken") else "secret"


def in_words(kind: str) -> str:
    return KINDS.get(kind, "secret")


ANIMALS = """
adder albatross alpaca ant badger bat bear beaver bee beetle bison boar bobcat bull camel canary carp cat cheetah
chough clam cobra cod cormorant cow coyote crab crane cricket crow cuckoo curlew deer dingo dipper dodo dog dolphin
donkey dove duck eagle eel egret eland elk emu falcon ferret finch fish flea fly fox frog gannet gazelle gecko gerbil
gibbon giraffe gnat gnu goat goose grebe grouse gull hamster hare hawk hedgehog heron hippo hornet horse hyena ibex
ibis iguana impala jackal jaguar jay kestrel kingfisher kite kiwi koala kudu lark lemming lemur leopard lion lizard
llama lobster loon lynx macaw magpie mallard marmot marten merlin midge mink mole moose moth mouse mule newt nightjar
ocelot octopus okapi orca oriole oryx osprey otter owl ox oyster panda panther parrot pelican penguin pheasant pigeon
pike plover pony puffin puma python quail rabbit raccoon rail ram raven ray reindeer rhino robin rook salmon sardine
seal shark sheep shrew shrike shrimp skink skua skunk sloth snail snipe sparrow spider squid squirrel stag starling
stork swallow swan swift tapir tern thrush tiger toad toucan trout tuna turkey turtle viper vole wagtail walrus
warbler wasp weasel whale wolf wombat woodcock worm wren yak zebra
"""
WORDS = tuple(ANIMALS.split())


def name_of(mark: str) -> str:
    """The animal name of a mark: easier to recognize than digits, and it reveals nothing about the secret."""
    return WORDS[int(mark, 16) % len(WORDS)]
