"""``Server``: the API with which authors register functions as tools, resources and prompts."""

import inspect
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar, Unpack, cast, overload

from .catalogs import Catalogs
from .declaring import checked, require_function, within
from .features import (
    DIRECTORY_READ,
    EXTENSION,
    Access,
    Providers,
    UriTemplate,
    Visible,
    open_contained,
    read_function,
    read_skills,
)
from .interaction import PROMPTS, RESOURCES, TASKS, TOOLS, UPDATED, Context, Subscriptions, contain_tasks
from .protocol import Annotations, Icon, Implementation, require_scopes
from .registration import PromptDetails, ToolDetails, add_prompt, add_resource, add_tool

APPS = "io.modelcontextprotocol/ui"
APP_TYPE = "text/html;profile=mcp-app"

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

Lifespan = Callable[[], AsyncIterator[None]]


class Server:
    """An MCP server: what it offers, and what the functions of that need. It is served by ``transports``.

    ``catalogs`` has its tools, resources, prompts and skills; ``subscriptions`` the listeners to their changes.
    """

    @checked("MCPServer", 'MCPServer("Notes")')
    def __init__(
        self,
        name: str,
        *,
        version: str = "0",
        title: str | None = None,
        instructions: str | None = None,
        description: str | None = None,
        website_url: str | None = None,
        icons: Sequence[Icon] = (),
        page_size: int = 1000,
        list_ttl: int = 300,
        question_lifetime: int = 600,
        task_lifetime: int = 3600,
        scopes: Mapping[str, str] | None = None,
    ) -> None:
        """``instructions`` tell a model how to use the tools together; ``page_size`` is the number of entries on one
        page of a list.

        In seconds: ``list_ttl`` is how long a client may cache a list, ``question_lifetime`` how long a person may take
        to answer a question, ``task_lifetime`` how long a task can be fetched. ``scopes`` maps each scope to a phrase
        that completes "This lets it ...".
        """
        self.info = _info(name, version, title=title, description=description, website_url=website_url, icons=icons)
        self.instructions = instructions
        self.page_size = page_size
        self.list_ttl = list_ttl
        self.question_lifetime = question_lifetime
        self.task_lifetime = task_lifetime
        self.scopes = dict(scopes or {})
        for scope in self.scopes:
            require_scopes(scope)
        self.extensions: dict[str, Mapping[str, Any]] = {}
        self.subscriptions = Subscriptions()
        self.catalogs = Catalogs(self.changed)
        self._providers = Providers()
        self._lifespans: list[Lifespan] = []
        self._includes: list[Server] = []

    def changed(self, what: str) -> None:
        """Notify listeners that the list of ``tools``, ``resources`` or ``prompts`` has changed."""
        self.subscriptions.publish({"tools": TOOLS, "resources": RESOURCES, "prompts": PROMPTS}[what])

    def resource_updated(self, uri: str) -> None:
        """Notify the listeners of a resource that its contents have changed."""
        self.subscriptions.publish(UPDATED, uri, {"uri": uri})

    def provide(self, kind: type[T], value: T) -> None:
        """Inject a value into parameters of the type ``kind``; call it before registering functions that use it."""
        self._providers.add_value(kind, value)

    def provider(self, function: F) -> F:
        """Inject the function's result into parameters of its type.

        The function is called for each request; an async generator is opened when the server starts and closed when it
        stops.
        """
        require_function("@server.provider", function, "@server.provider above the def")
        with within("provider", function):
            read = read_function(function, self._providers, opens=True)

            async def call(context: Context) -> Any:
                return await read({}, context)

            self._providers.add_function(function, call)
        return function

    def lifespan(self, function: Lifespan) -> Lifespan:
        """Run an async generator around serving: before its ``yield`` when the server starts, after it when it stops.

        Raises TypeError for anything but an async generator function.
        """
        if not inspect.isasyncgenfunction(function):
            raise TypeError(
                f"@server.lifespan got {getattr(function, '__name__', function)}: write async def with one yield in it."
            )
        self._lifespans.append(function)
        return function

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open providers and lifespans, of included servers too, and close them at the end.

        Raises what an opening function raises, and Escaped in place of a BaseException that is no Exception.
        """
        contain_tasks()
        async with AsyncExitStack() as stack:
            for other in self._includes:
                await stack.enter_async_context(other.running())
            await self._providers.open(stack)
            for lifespan in self._lifespans:
                await open_contained(stack, lifespan)
            yield

    @overload
    def tool(self, function: F, /) -> F: ...
    @overload
    def tool(self, **details: Unpack[ToolDetails]) -> Callable[[F], F]: ...
    def tool(self, function: Any = None, **details: Any) -> Any:
        """Register a function as a tool (MCP 2026-07-28, server: tools).

        The description comes from the docstring, the input schema from the parameter types. A parameter of type
        ``User``, ``Context`` or of a provided type is injected and does not appear in the schema. ``scope`` is the
        scope that a caller must have been granted; with ``public`` no sign-in is needed; ``visible`` decides which
        callers see the tool. The hints ``read_only``, ``destructive``, ``idempotent`` and ``open_world`` are MCP's
        annotations. ``timeout`` is in seconds; ``concurrency`` is the number of calls that run at a time. ``ui`` names
        the resource that shows the result (MCP Apps). ``task`` lets a client fetch the result later: from the start of
        the call (True), from ``context.begin_task()`` on ("later"), or always ("required").
        """
        if function is not None:
            self._add_tool(function)
            return function

        def register(function: F) -> F:
            self._add_tool(function, **details)
            return function

        return register

    @overload
    def prompt(self, function: F, /) -> F: ...
    @overload
    def prompt(self, **details: Unpack[PromptDetails]) -> Callable[[F], F]: ...
    def prompt(self, function: Any = None, **details: Any) -> Any:
        """Register a function that returns text, content or messages as a prompt (MCP 2026-07-28, server: prompts).

        Its arguments are received as strings.
        """
        if function is not None:
            return self._add_prompt(function)
        return lambda function: self._add_prompt(function, **details)

    @checked("@server.resource", '@server.resource("notes://all") above the def')
    def resource(
        self,
        uri: str,
        *,
        name: str | None = None,
        title: str | None = None,
        description: str | None = None,
        mime_type: str | None = None,
        scope: str | None = None,
        public: bool = False,
        visible: Visible | None = None,
        icons: Sequence[Icon] = (),
        annotations: Annotations | None = None,
        size: int | None = None,
        meta: Mapping[str, Any] | None = None,
        ttl: int = 0,
        unchecked: Collection[str] = (),
    ) -> Callable[[F], F]:
        """Register a function as a resource (MCP 2026-07-28, server: resources).

        A URI with ``{variables}`` makes a resource template; the variables are the function's parameters. ``{name}``
        matches one segment and never contains a slash. ``{+path}`` may contain slashes and never leads upwards or
        elsewhere. ``unchecked`` names variables that accept any value, which the function then has to validate.
        ``{?a,b}`` at the end are query parameters, for which the function has defaults. ``size`` is in bytes; ``ttl``
        is the time in seconds for which the contents may be cached.
        """
        template = UriTemplate(uri, frozenset(unchecked))

        def register(function: F) -> F:
            add_resource(
                self.catalogs,
                function,
                self._providers,
                template,
                name=name,
                title=title,
                description=description,
                scope=scope,
                public=public,
                visible=visible,
                mime_type=mime_type,
                icons=icons,
                annotations=annotations,
                size=size,
                meta=meta or {},
                ttl=ttl,
            )
            return function

        return register

    @checked("@server.app", '@server.app("ui://page") above the def')
    def app(
        self,
        uri: str,
        *,
        csp: Mapping[str, Any] | None = None,
        permissions: Mapping[str, Any] | None = None,
        **details: Any,
    ) -> Callable[[F], F]:
        """Register a function that returns HTML as a page at a ``ui://`` URI, which tools name as their ``ui`` (MCP
        Apps).

        ``csp`` names the origins that the page may load from, ``permissions`` what it asks of the host; the other
        arguments are those of ``resource``.
        """
        ui = {name: dict(value) for name, value in (("csp", csp), ("permissions", permissions)) if value}
        meta = {**details.pop("meta", {}), **({"ui": ui} if ui else {})}
        self.extensions.setdefault(APPS, {})
        return self.resource(uri, mime_type=APP_TYPE, meta=meta, **details)

    @checked("add_skills", 'server.add_skills("skills")')
    def add_skills(
        self,
        folder: Path | str,
        *,
        prefix: str = "",
        scope: str | None = None,
        public: bool = False,
        visible: Visible | None = None,
    ) -> None:
        """Serve the skill in a folder, or the skills in its subfolders, at ``skill://<prefix><name>/`` (SEP-2640).

        Raises SkillError.
        """
        for skill in read_skills(Path(folder), prefix, Access(scope, public, visible)):
            self.catalogs.skills.add(skill.uri, skill)
            self.catalogs.resources.add(skill.uri, skill.manifest)
        self.extensions[EXTENSION] = {DIRECTORY_READ: True}

    @checked("@server.completion", '@server.completion("name of the prompt", "argument") above the def')
    def completion(self, ref: str, argument: str) -> Callable[[F], F]:
        """Register a function that completes one argument of a prompt or resource template (utilities: completion).

        ``ref`` is the name of the prompt or the URI of the template. The function takes ``value``, the text typed so
        far, and may take ``others``, the arguments that are already known. Raises KeyError when there is no such
        prompt or template.
        """
        completions = (
            self.catalogs.prompts.find(ref) or self.catalogs.templates.find(ref) or _unknown(ref)
        ).completions

        def register(function: F) -> F:
            require_function(
                "@server.completion", function, '@server.completion("name of the prompt", "argument") above the def'
            )
            with within("completion", function):
                completions.functions[argument] = read_function(function, self._providers)
            return function

        return register

    def remove_tool(self, name: str) -> None:
        """Remove a tool. Raises KeyError when there is none of that name."""
        self.catalogs.tools.remove(name)

    def remove_prompt(self, name: str) -> None:
        """Remove a prompt. Raises KeyError when there is none of that name."""
        self.catalogs.prompts.remove(name)

    def remove_resource(self, uri: str) -> None:
        """Remove a resource or resource template. Raises KeyError when there is none at that URI."""
        (self.catalogs.templates if UriTemplate(uri).variables else self.catalogs.resources).remove(uri)

    def include(self, other: "Server", *, prefix: str = "") -> None:
        """Add the present contents of another server; its tools and prompts are named ``prefix_name``.

        Raises TypeError when ``other`` is not a server, and ValueError when a name is taken; nothing is added then.
        """
        if not isinstance(other, Server):
            raise TypeError(f"include got {type(other).__name__}: write server.include(other), of another MCPServer.")
        self.catalogs.include(other.catalogs, prefix)
        self._includes.append(other)
        self.extensions |= other.extensions
        self.scopes = {**other.scopes, **self.scopes}

    @property
    def scope_names(self) -> frozenset[str]:
        """All scopes that are described in ``scopes`` or required by an entry."""
        return self.catalogs.scope_names.union(self.scopes)

    def _add_tool(self, function: Callable[..., Any], **details: Unpack[ToolDetails]) -> None:
        tool = add_tool(self.catalogs, function, self._providers, details)
        if tool.task:
            self.extensions.setdefault(TASKS, {})
        if details.get("ui") is not None:
            self.extensions.setdefault(APPS, {})

    def _add_prompt(self, function: F, **details: Unpack[PromptDetails]) -> F:
        add_prompt(self.catalogs, function, self._providers, details)
        return function


def _info(
    name: str,
    version: str,
    *,
    title: str | None,
    description: str | None,
    website_url: str | None,
    icons: Sequence[Icon],
) -> Implementation:
    shown = {
        "name": name,
        "title": title,
        "version": version,
        "description": description,
        "websiteUrl": website_url,
        "icons": [i.as_dict() for i in icons],
    }
    return cast(Implementation, {name: value for name, value in shown.items() if value not in (None, [])})


def _unknown(ref: str) -> NoReturn:
    raise KeyError(f"There is no prompt and no resource template {ref}.")
