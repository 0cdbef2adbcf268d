"""Servers whose way to the sign-in cannot be found."""

from aiohttp import web

from .catalogue import reads
from .server import ISSUER, METADATA, OPENID, Server, document, web_page, words


@reads("The server does not say how to sign in", "API keys", "It says: API key missing", never=("Not Found",))
def api_key(s: Server) -> None:
    s.doors["/mcp"] = document({"error": "unauthorized", "message": "API key missing"}, 401)
    s.doors[METADATA] = s.doors[ISSUER] = s.doors["/register"] = document({"detail": "Not Found"}, 404)


@reads("The server does not say how to sign in", 'WWW-Authenticate: Basic realm="mcp"')
def basic_challenge(s: Server) -> None:
    s.challenge = 'Basic realm="mcp"'
    s.doors[METADATA] = s.doors[ISSUER] = s.doors["/register"] = document({"detail": "Not Found"}, 404)


@reads("401", "Not authenticated", never=("Host or Origin",))
def fastapi_403(s: Server) -> None:
    s.doors["/mcp"] = document({"detail": "Not authenticated"}, 403)


@reads("401", "Missing Authorization header")
def missing_400(s: Server) -> None:
    s.doors["/mcp"] = document({"error": "Missing Authorization header"}, 400)


@reads("500", METADATA)
def prm_500(s: Server) -> None:
    s.doors[METADATA] = words("Internal Server Error", 500)


@reads("web page", METADATA)
def prm_spa(s: Server) -> None:
    s.doors[METADATA] = web_page("My App")


@reads("JSON", METADATA)
def prm_badjson(s: Server) -> None:
    async def broken(request: web.Request) -> web.Response:
        return web.Response(text=f'{{"resource": "{s.url}",}}', content_type="application/json")

    s.doors[METADATA] = broken


@reads("The endpoint redirects", METADATA)
def prm_301(s: Server) -> None:
    s.doors[METADATA] = words("", 301, Location=s.origin.replace("http:", "https:") + METADATA)


@reads("The server offers 1 tool", "There is no metadata at the address that the server names")
def prm_404_named(s: Server) -> None:
    s.challenge = f'Bearer resource_metadata="{s.url}/.well-known/oauth-protected-resource"'


@reads("An address in the metadata is not safe", "http://mcp-backend:8000/")
def prm_internal(s: Server) -> None:
    s.challenge = f'Bearer resource_metadata="http://mcp-backend:8000{METADATA}"'


@reads("lacks resource")
def prm_resource_missing(s: Server) -> None:
    del s.metadata["resource"]


@reads("The metadata describes another server", "it names https://127.0.0.1")
def resource_https(s: Server) -> None:
    s.metadata["resource"] = s.url.replace("http:", "https:")


@reads("The metadata of the server names http://localhost", "Add the server under the name that its metadata uses")
def resource_localhost(s: Server) -> None:
    s.metadata["resource"] = s.url.replace("127.0.0.1", "localhost")


@reads("is not a list of addresses")
def as_string(s: Server) -> None:
    s.metadata["authorization_servers"] = s.origin


@reads("issuer", ISSUER)
def as_metadata_url(s: Server) -> None:
    s.metadata["authorization_servers"] = [s.origin + ISSUER]


@reads("publishes no metadata")
def no_authserver_metadata(s: Server) -> None:
    s.doors[ISSUER] = document({"detail": "Not Found"}, 404)


@reads("500", ISSUER)
def asmeta_500(s: Server) -> None:
    s.doors[ISSUER] = words("Internal Server Error", 500)


@reads("web page")
def asmeta_spa(s: Server) -> None:
    s.doors[ISSUER] = s.doors[OPENID] = web_page("My App")


@reads("The endpoint redirects", "/realms/x", never=("404",))
def asmeta_302(s: Server) -> None:
    s.doors[ISSUER] = s.doors[OPENID] = words("", 302, Location="/realms/x/.well-known/openid-configuration")


@reads("The issuer in the metadata is another one", "it names {origin}/oauth/, but {origin} was expected")
def issuer_path(s: Server) -> None:
    s.issuer["issuer"] = s.origin + "/oauth/"


@reads("The issuer in the metadata is another one", "it names http://auth:8080")
def issuer_internal(s: Server) -> None:
    s.issuer["issuer"] = "http://auth:8080"


@reads("Authorization codes are not protected")
def no_s256(s: Server) -> None:
    del s.issuer["code_challenge_methods_supported"]


@reads("lacks token_endpoint")
def no_token_endpoint(s: Server) -> None:
    del s.issuer["token_endpoint"]


@reads("http://auth.example.com/authorize")
def authorize_http(s: Server) -> None:
    s.issuer["authorization_endpoint"] = "http://auth.example.com/authorize"
