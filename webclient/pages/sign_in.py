"""Sign-in to these pages and sign-out, for installations that others can reach."""

from aiohttp import web

from mcpbase.guard import address_of

from ..errors import FlowError
from ..people import Person, TooManyGuesses, TooManySignIns
from .http import (
    CONNECTIONS,
    PEOPLE,
    PLACE,
    PROVIDER,
    VISITOR,
    Context,
    Visitor,
    read_form,
    render,
    see,
    set_browser_cookie,
    set_cookie,
)

routes = web.RouteTableDef()
LONGEST_ADDRESS = 2000


def local(address: str) -> str:
    """The address if it is surely a path of these pages and not of the sign-in, else ``/`` (open redirect)."""
    plain = (
        address.startswith("/")
        and not address.startswith("//")
        and "\\" not in address
        and address.isprintable()
        and len(address) <= LONGEST_ADDRESS
    )
    return address if plain and not address.startswith("/sign-in") else "/"


def sign_in_page(
    request: web.Request, *, after: str, problem: str = "", name: str = "", status: int = 401
) -> web.Response:
    """The sign-in page, shown at the address that needs a sign-in. ``after`` is the path to continue at."""
    provider = request.app[PROVIDER]
    context: Context = {
        "after": local(after),
        "problem": problem,
        "name": name,
        "issuer": provider.issuer if provider else "",
    }
    return render(request, "sign_in.html", context, status=status)


async def let_in(request: web.Request, person: Person, after: str) -> web.Response:
    """Open a session and redirect to ``after``.

    The cookie gets a new value, so that a value known before the sign-in gives no access (session fixation).
    Raises SignInRefused.
    """
    connections = request.app[CONNECTIONS]
    visitor = Visitor(connections.sources.token(), fresh=True, person=person)
    await request.app[PEOPLE].open_session(visitor.digest, person)
    response = see(request, local(after))
    set_cookie(response, visitor, request.app[PLACE])
    return response


@routes.get("/sign-in")
async def show(request: web.Request) -> web.Response:
    if request[VISITOR].person or not request.app[CONNECTIONS].settings.guarded:
        return see(request, "/")
    return sign_in_page(request, after="/", status=200)


@routes.post("/sign-in")
async def sign_in(request: web.Request) -> web.Response:
    form = await read_form(request)
    name, after = form.get("name", ""), form.get("after", "/")
    if request.app[PROVIDER] is not None or not request.app[CONNECTIONS].settings.guarded:
        raise web.HTTPNotFound
    try:
        return await _sign_in_here(request, name, form.get("password", ""), after)
    except (TooManyGuesses, TooManySignIns) as error:
        page = sign_in_page(
            request,
            after=after,
            problem=str(error),
            name=name,
            status=429 if isinstance(error, TooManyGuesses) else 503,
        )
        page.headers["Retry-After"] = str(error.seconds)
        return page
    except FlowError as error:
        return sign_in_page(request, after=after, problem=str(error), name=name)


async def _sign_in_here(request: web.Request, name: str, password: str, after: str) -> web.Response:
    """Sign in with a name and password of these pages, and set the cookie that recognizes this browser later.

    Raises SignInRefused.
    """
    people, settings = request.app[PEOPLE], request.app[CONNECTIONS].settings
    browser = people.browsers.read(request.cookies.get(request.app[PLACE].browser_cookie, ""))
    person = await people.sign_in(
        name, password, address=address_of(request, settings.trusted_proxies), browser=browser
    )
    response = await let_in(request, person, after)
    set_browser_cookie(response, people.browsers.remember(browser, person.id), request.app[PLACE])
    return response


@routes.post("/sign-in/provider")
async def go_to_provider(request: web.Request) -> web.Response:
    form, provider = await read_form(request), request.app[PROVIDER]
    if provider is None:
        raise web.HTTPNotFound
    after = local(form.get("after", "/"))
    try:
        return see(request, await provider.begin(request[VISITOR].digest, after))
    except FlowError as error:
        return sign_in_page(request, after=after, problem=str(error), status=502)


@routes.get("/sign-in/callback")
async def come_back(request: web.Request) -> web.Response:
    """Take the provider's authorization response (RFC 6749 section 4.1.2) and open a session.

    A response with a repeated parameter is read as an empty one (OAuth 2.1 section 3.1).
    """
    provider = request.app[PROVIDER]
    if provider is None:
        raise web.HTTPNotFound
    query = (
        {name: value for name, value in request.query.items() if value}
        if len(request.query) == len(set(request.query))
        else {}
    )
    try:
        token, after = await provider.finish(request[VISITOR].digest, query)
        person = await request.app[PEOPLE].know(token.subject, token.name)
        return await let_in(request, person, after)
    except FlowError as error:
        return sign_in_page(request, after="/", problem=str(error), status=403)


@routes.post("/sign-out")
async def sign_out(request: web.Request) -> web.Response:
    """End this session; with the field ``everywhere``, the person's other sessions too."""
    form, visitor, people = await read_form(request), request[VISITOR], request.app[PEOPLE]
    if visitor.person and "everywhere" in form:
        await people.store.end_sessions(visitor.person)
    await people.store.end_session(visitor.digest)
    return see(request, "/")
