"""The server as its author writes it: tools, resources, prompts, what is provided to them, and what else they are composed of."""

import copy
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar, overload

from ..principal import User
from .access import Access, Visible
from .catalog import Catalog
from .completion import Completions
from .content import Annotations, Icon
from .context import TASKS, Context
from .functions import read_function
from .prompts import Prompt
from .providers import Providers
from .resources import Description, Readable, Resource
from .schema import Schema
from .skills import DIRECTORY_READ, EXTENSION, Skill, SkillFile, read_skills
from .subscriptions import PROMPTS, RESOURCES, TOOLS, UPDATED, Subscriptions
from .tools import TaskMode, Tool, hints, make_tool
from .uri_template import UriTemplate

APPS = "io.modelcontextprotocol/ui"
APP_TYPE = "text/html;profile=mcp-app"

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

Lifespan = Callable[[], AsyncIterator[None]]


class MCPServer:
    """``instructions`` tell a model how to use the tools together; ``page_size`` is how many entries a list gives at a time.

    In seconds: for ``list_ttl`` a client may keep a list, for ``question_lifetime`` a person may think about a question, for ``task_lifetime``
    a task can be asked for. ``scopes`` say what each scope allows, in words that complete "This lets it ...".
    """

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
        self.info = _info(name, version, title=title, description=description, website_url=website_url, icons=icons)
        self.instructions = instructions
        self.page_size = page_size
        self.list_ttl = list_ttl
        self.question_lifetime = question_lifetime
        self.scopes = dict(scopes or {})
        self.task_lifetime = task_lifetime
        self.extensions: dict[str, dict[str, Any]] = {}
        self.subscriptions = Subscriptions()
        self.tools: Catalog[Tool] = Catalog("tool", lambda: self.changed("tools"))
        self.resources: Catalog[Readable] = Catalog("resource", lambda: self.changed("resources"))
        self.templates: Catalog[Resource] = Catalog("resource template", lambda: self.changed("resources"))
        self.skills: Catalog[Skill] = Catalog("skill", lambda: self.changed("resources"))
        self.prompts: Catalog[Prompt] = Catalog("prompt", lambda: self.changed("prompts"))
        self._providers = Providers()
        self._lifespans: list[Lifespan] = []
        self._includes: list[tuple[MCPServer, str]] = []
        self._users: list[MCPServer] = []

    # What it offers.

    @overload
    def tool(self, function: F, /) -> F: ...
    @overload
    def tool(
        self,
        *,
        name: str | None = None,
        title: str | None = None,
        scope: str | None = None,
        read_only: bool | None = None,
        destructive: bool | None = None,
        idempotent: bool | None = None,
        open_world: bool | None = None,
        icons: Sequence[Icon] = (),
        meta: Mapping[str, Any] | None = None,
        public: bool = False,
        visible: Visible | None = None,
        timeout: float | None = None,
        concurrency: int | None = None,
        input_schema: Schema | None = None,
        output_schema: Schema | None = None,
        task: TaskMode = False,
        ui: str | None = None,
    ) -> Callable[[F], F]: ...
    def tool(self, function: Any = None, **details: Any) -> Any:
        """Make a tool of a function: its docstring describes it, its types are its schema (MCP 2026-07-28, server: tools).

        A parameter of type ``User``, ``Context`` or of something provided is injected and never shows in the schema. ``scope`` is what a caller
        must have been granted; ``public`` needs no sign-in; ``visible`` decides who sees it. The hints ``read_only``, ``destructive``, ``idempotent``
        and ``open_world`` are MCP's annotations. ``timeout`` is in seconds, ``concurrency`` how many calls run at a time. ``ui`` names
        the resource that shows the result (MCP Apps). ``task`` lets a client come back for the result: at once (True), from ``context.begin_task()``
        on ("later"), or always ("required").
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
    def prompt(
        self,
        *,
        name: str | None = None,
        title: str | None = None,
        scope: str | None = None,
        public: bool = False,
        visible: Visible | None = None,
        icons: Sequence[Icon] = (),
        meta: Mapping[str, Any] | None = None,
    ) -> Callable[[F], F]: ...
    def prompt(self, function: Any = None, **details: Any) -> Any:
        """Make a prompt of a function that gives text, content, or messages; its parameters arrive as strings (MCP 2026-07-28, server: prompts)."""
        if function is not None:
            return self._add_prompt(function)
        return lambda function: self._add_prompt(function, **details)

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
    ) -> Callable[[F], F]:
        """Make a resource of a function; with ``{variables}`` in the URI, a template whose variables are its parameters.

        ``size`` in bytes; ``ttl`` in seconds is how long what was read may be kept (MCP 2026-07-28, server: resources).
        """

        def register(function: F) -> F:
            read = read_function(function, self._providers)
            described = Description(name or read.name, title, description or read.description, mime_type, icons, annotations, size, meta or {}, ttl)
            completions = Completions.of(read)
            resource = Resource(UriTemplate(uri), read, described, Access(scope, public, visible), completions)
            (self.templates if resource.is_template else self.resources).add(uri, resource)
            return function

        return register

    def app(self, uri: str, *, csp: Mapping[str, Any] | None = None, permissions: Mapping[str, Any] | None = None, **details: Any) -> Callable[[F], F]:
        """Make a page of a function that gives HTML, at a ``ui://`` address that tools name as their ``ui`` (MCP Apps).

        ``csp`` names the origins it may load from, ``permissions`` what it asks of the host; the other details are those of ``resource``.
        """
        ui = {name: dict(value) for name, value in (("csp", csp), ("permissions", permissions)) if value}
        meta = {**details.pop("meta", {}), **({"ui": ui} if ui else {})}
        self.extensions.setdefault(APPS, {})
        return self.resource(uri, mime_type=APP_TYPE, meta=meta, **details)

    def add_skills(self, folder: Path | str, *, prefix: str = "", scope: str | None = None, public: bool = False, visible: Visible | None = None) -> None:
        """Hand out the skill in a folder, or those in its folders, at ``skill://<prefix><name>/`` (SEP-2640). Raises SkillError."""
        for skill in read_skills(Path(folder), prefix, Access(scope, public, visible)):
            self.skills.add(skill.uri, skill)
            self.resources.add(skill.uri, skill.manifest)
        self.extensions[EXTENSION] = {DIRECTORY_READ: True}

    def completion(self, ref: str, argument: str) -> Callable[[F], F]:
        """Complete an argument of a prompt, by its name, or of a resource template, by its URI, with what a function gives.

        The function takes ``value``, what was typed so far, and may take ``others``, the arguments that are known already.
        Raises KeyError (utilities: completion).
        """
        completions = (self.prompts.find(ref) or self.templates.find(ref) or _unknown(ref)).completions

        def register(function: F) -> F:
            completions.functions[argument] = read_function(function, self._providers)
            return function

        return register

    def remove_tool(self, name: str) -> None:
        """Raises KeyError."""
        self.tools.remove(name)

    def remove_prompt(self, name: str) -> None:
        """Raises KeyError."""
        self.prompts.remove(name)

    def remove_resource(self, uri: str) -> None:
        """Raises KeyError."""
        (self.templates if UriTemplate(uri).variables else self.resources).remove(uri)

    def changed(self, what: str) -> None:
        """Tell who listens that the list of ``tools``, ``resources`` or ``prompts`` is another now."""
        self.subscriptions.publish({"tools": TOOLS, "resources": RESOURCES, "prompts": PROMPTS}[what])

    def resource_updated(self, uri: str) -> None:
        """Tell who listens to it that a resource reads differently now."""
        self.subscriptions.publish(UPDATED, uri, {"uri": uri})

    # What handlers get.

    def provide(self, kind: type[T], value: T) -> None:
        """Inject this value wherever a parameter has that type; call before the functions that use it."""
        self._providers.add_value(kind, value)

    def provider(self, function: F) -> F:
        """Inject what the function gives: made for each request, or, of an async generator, opened when the server starts and closed when it stops."""
        read = read_function(function, self._providers)

        async def call(context: Context) -> Any:
            return await read({}, context)

        self._providers.add_function(function, call)
        return function

    def lifespan(self, function: Lifespan) -> Lifespan:
        """Run an async generator around serving: before its ``yield`` when the server starts, after it when it stops."""
        self._lifespans.append(function)
        return function

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open what lives as long as the server does."""
        async with AsyncExitStack() as stack:
            for other, _ in self._includes:
                await stack.enter_async_context(other.running())
            await self._providers.open(stack)
            for lifespan in self._lifespans:
                await stack.enter_async_context(asynccontextmanager(lifespan)())
            yield

    # What it is composed of.

    def include(self, other: "MCPServer", *, prefix: str = "") -> None:
        """Offer all that another server offers, its tools and prompts under ``prefix_name``, as it is now."""
        self._includes.append((other, prefix))
        for name, tool in other.tools.items():
            self.tools.add(_prefixed(prefix, name), _renamed(tool, _prefixed(prefix, name)))
        for name, prompt in other.prompts.items():
            self.prompts.add(_prefixed(prefix, name), _renamed(prompt, _prefixed(prefix, name)))
        for uri, resource in other.resources.items():
            self.resources.add(uri, resource)
        for uri, template in other.templates.items():
            self.templates.add(uri, template)
        for uri, skill in other.skills.items():
            self.skills.add(uri, skill)
        self.extensions |= other.extensions
        self.scopes = {**other.scopes, **self.scopes}

    def find_resource(self, uri: object, context: Context) -> tuple[Readable, dict[str, str]] | None:
        """What is at an address, and what it says there for the variables of its template."""
        if not isinstance(uri, str):
            return None
        resource = self.resources.find(uri, context) or self._find_skill_file(uri, context)
        if resource is not None:
            return resource, {}
        for key, template in self.templates.items():
            variables = template.template.read(uri)
            if variables is not None and self.templates.find(key, context) is not None:
                return template, variables
        return None

    def _find_skill_file(self, uri: str, context: Context) -> SkillFile | None:
        """Those beside SKILL.md are in no list, but can be read."""
        found = ((key, skill.find(uri)) for key, skill in self.skills.items())
        return next((file for key, file in found if file is not None and self.skills.find(key, context)), None)

    @property
    def has_public(self) -> bool:
        """Whether anything can be used without signing in."""
        return any(access.public for access in self._accesses())

    @property
    def scope_names(self) -> frozenset[str]:
        """Every scope that is described, or that something asks for."""
        return frozenset(self.scopes).union(*(access.scope.split() for access in self._accesses() if access.scope))

    def _accesses(self) -> Iterator[Access]:
        for catalog in (self.tools, self.resources, self.templates, self.prompts, self.skills):
            yield from (entry.access for entry in catalog)

    def _add_tool(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        scope: str | None = None,
        public: bool = False,
        visible: Visible | None = None,
        read_only: bool | None = None,
        destructive: bool | None = None,
        idempotent: bool | None = None,
        open_world: bool | None = None,
        input_schema: Schema | None = None,
        output_schema: Schema | None = None,
        meta: Mapping[str, Any] | None = None,
        ui: str | None = None,
        **details: Any,
    ) -> None:
        if ui is not None:
            self.extensions.setdefault(APPS, {})
        if details.get("task"):
            self.extensions.setdefault(TASKS, {})
        annotations = hints(readOnlyHint=read_only, destructiveHint=destructive, idempotentHint=idempotent, openWorldHint=open_world)
        tool = make_tool(
            read_function(function, self._providers),
            name=name,
            access=Access(scope, public, visible),
            input_schema=input_schema,
            output_schema=output_schema,
            annotations=annotations,
            meta={**(meta or {}), **({"ui": {"resourceUri": ui}} if ui else {})},
            **details,
        )
        self.tools.add(tool.name, tool)

    def _add_prompt(
        self,
        function: F,
        *,
        name: str | None = None,
        scope: str | None = None,
        public: bool = False,
        visible: Callable[[User | None], bool] | None = None,
        meta: Mapping[str, Any] | None = None,
        **details: Any,
    ) -> F:
        read = read_function(function, self._providers)
        completions = Completions.of(read)
        prompt = Prompt(name or read.name, read, Access(scope, public, visible), completions, meta=meta or {}, **details)
        self.prompts.add(prompt.name, prompt)
        return function


def _info(name: str, version: str, *, title: str | None, description: str | None, website_url: str | None, icons: Sequence[Icon]) -> dict[str, Any]:
    shown = {"name": name, "title": title, "version": version, "description": description, "websiteUrl": website_url, "icons": [i.as_dict() for i in icons]}
    return {name: value for name, value in shown.items() if value not in (None, [])}


def _unknown(ref: str) -> NoReturn:
    raise KeyError(f"There is no prompt and no resource template {ref}.")


def _prefixed(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _renamed(entry: Any, name: str) -> Any:
    """The same tool or prompt by another name, with the same slots."""
    renamed = copy.copy(entry)
    renamed.name = name
    return renamed
