"""The settings of one integration: its name, how it signs in, and connecting anew."""

from aiohttp import web

from ...integrations import GRANTS, LONGEST_NAME, METHODS, REVISIONS, InvalidForm, as_inputs, read_choices
from ...storage import Integration
from ..http import CONNECTIONS, Context, own_integration, page_of, read_form, see
from .connecting import depart
from .server import room

routes = web.RouteTableDef()
WORDS = {
    "authorization_code": "I sign in (authorization code)",
    "client_credentials": "The client acts for itself (client credentials)",
    "workload": "A workload, by its token (JWT bearer)",
    "enterprise": "My organisation, by its identity provider (ID-JAG)",
    "key": "Nobody; I enter a key (API key, bearer token)",
    "none": "No authentication (none)",
    "client_secret_basic": "Client secret in a header (client_secret_basic)",
    "client_secret_post": "Client secret in the form (client_secret_post)",
    "private_key_jwt": "JWT signed with a private key (private_key_jwt)",
}


def form_context(request: web.Request, values: Context, problems: dict[str, str]) -> Context:
    """The template context of the inputs on the add and settings pages."""
    return {
        "values": values,
        "problems": problems,
        "redirect_uri": request.app[CONNECTIONS].settings.redirect_uri,
        "revisions": [(name, f"MCP {name}") for name in REVISIONS],
        "methods": [(name, WORDS[name]) for name in METHODS],
        "grants": [(name, WORDS[name]) for name in GRANTS],
    }


async def settings_page(
    request: web.Request,
    integration: Integration,
    values: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
    *,
    status: int = 200,
) -> web.Response:
    kept = await request.app[CONNECTIONS].choices(integration)
    context = {**form_context(request, as_inputs(kept) if values is None else values, problems or {}), "kept": kept}
    return await room(request, integration, "settings", "settings.html", context, status=status)


@routes.get("/integrations/{id}/settings")
async def show(request: web.Request) -> web.Response:
    return await settings_page(request, await own_integration(request))


@routes.post("/integrations/{id}/settings")
async def change(request: web.Request) -> web.Response:
    """Save the new choices and connect with them."""
    integration, form = await own_integration(request), await read_form(request)
    connections = request.app[CONNECTIONS]
    try:
        choices = read_choices(form, await connections.choices(integration))
    except InvalidForm as error:
        return await settings_page(request, integration, {**form, **error.meant}, error.problems, status=400)
    changed = await connections.change(integration, choices)
    connections.pending_sign_ins.forget(changed)
    return await depart(request, changed, connections.connecting.connect(changed))


@routes.post("/integrations/{id}/rename")
async def rename(request: web.Request) -> web.Response:
    integration, form = await own_integration(request), await read_form(request)
    changed = await request.app[CONNECTIONS].rename(integration, form.get("name", "").strip()[:LONGEST_NAME])
    return see(request, page_of(changed) + "/settings")


@routes.post("/integrations/{id}/reconnect")
async def reconnect(request: web.Request) -> web.Response:
    integration, _ = await own_integration(request), await read_form(request)
    connections = request.app[CONNECTIONS]
    connections.pending_sign_ins.forget(integration)
    return await depart(request, integration, connections.reconnect(integration))
