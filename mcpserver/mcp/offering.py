"""``Offering``: the contents of a server (catalogs, providers, lifespans and included servers), without the decorators
of ``MCPServer``.
"""

import copy
import inspect
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar, cast

from .declaring import checked, require_function, within
from .features import (
    Access,
    Prompt,
    Providers,
    Readable,
    Registry,
    Resource,
    Skill,
    SkillFile,
    Tool,
    open_contained,
    read_function,
)
from .interaction import PROMPTS, RESOURCES, TOOLS, UPDATED, Context, Subscriptions, contain_tasks
from .protocol import Icon, Implementation, require_prompt_name, require_scopes, require_tool_name

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

Lifespan = Callable[[], AsyncIterator[None]]


class Offering:
    """An MCP server: its tools, resources, prompts and skills, and what their functions need.

    ``instructions`` tell a model how to use the tools together; ``page_size`` is the number of entries on one page of
    a list. In seconds: ``list_ttl`` is how long a client may cache a list, ``question_lifetime`` how long a person may
    take to answer a question, ``task_lifetime`` how long a task can be fetched. ``scopes`` maps each scope to a phrase
    that completes "This lets it ...".
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
        self.info = _info(name, version, title=title, description=description, website_url=website_url, icons=icons)
        self.instructions = instructions
        self.page_size = page_size
        self.list_ttl = list_ttl
        self.question_lifetime = question_lifetime
        self.scopes = dict(scopes or {})
        for scope in self.scopes:
            require_scopes(scope)
        self.task_lifetime = task_lifetime
        self.extensions: dict[str, Mapping[str, Any]] = {}
        self.subscriptions = Subscriptions()
        self.tools: Registry[Tool] = Registry("tool", lambda: self.changed("tools"), require_tool_name)
        self.resources: Registry[Readable] = Registry("resource", lambda: self.changed("resources"))
        self.templates: Registry[Resource] = Registry("resource template", lambda: self.changed("resources"))
        self.skills: Registry[Skill] = Registry("skill", lambda: self.changed("resources"))
        self.prompts: Registry[Prompt] = Registry("prompt", lambda: self.changed("prompts"), require_prompt_name)
        self._providers = Providers()
        self._lifespans: list[Lifespan] = []
        self._includes: list[tuple[Offering, str]] = []

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
            for other, _ in self._includes:
                await stack.enter_async_context(other.running())
            await self._providers.open(stack)
            for lifespan in self._lifespans:
                await open_contained(stack, lifespan)
            yield

    def include(self, other: "Offering", *, prefix: str = "") -> None:
        """Add the present contents of another server; its tools and prompts are named ``prefix_name``.

        Raises TypeError when ``other`` is not a server, and ValueError when a name is taken; nothing is added then.
        """
        if not isinstance(other, Offering):
            raise TypeError(f"include got {type(other).__name__}: write server.include(other), of another MCPServer.")
        tools = {_prefixed(prefix, name): tool for name, tool in other.tools.items()}
        prompts = {_prefixed(prefix, name): prompt for name, prompt in other.prompts.items()}
        self._require_free(other, tools, prompts)
        self._includes.append((other, prefix))
        for name, tool in tools.items():
            self.tools.add(name, _renamed(tool, name))
        for name, prompt in prompts.items():
            self.prompts.add(name, _renamed(prompt, name))
        for uri, resource in other.resources.items():
            self.resources.add(uri, resource)
        for uri, template in other.templates.items():
            self.templates.add(uri, template)
        for uri, skill in other.skills.items():
            self.skills.add(uri, skill)
        self.extensions |= other.extensions
        self.scopes = {**other.scopes, **self.scopes}

    def _require_free(self, other: "Offering", tools: Iterable[str], prompts: Iterable[str]) -> None:
        catalogs: tuple[tuple[Registry[Any], Iterable[str]], ...] = (
            (self.tools, tools),
            (self.prompts, prompts),
            *(
                (own, (key for key, _ in theirs.items()))
                for own, theirs in ((self.resources, other.resources), (self.templates, other.templates))
            ),
        )
        for catalog, keys in catalogs:
            for key in keys:
                catalog.require_free(key)

    def find_resource(self, uri: object, context: Context) -> tuple[Readable, dict[str, str]] | None:
        """The resource at a URI and its template's variables; None when absent or hidden from the caller."""
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
        """A file of a skill other than SKILL.md: readable, but in no list."""
        found = ((key, skill.find(uri)) for key, skill in self.skills.items())
        return next((file for key, file in found if file is not None and self.skills.find(key, context)), None)

    @property
    def has_public(self) -> bool:
        """Whether anything can be used without signing in."""
        return any(access.public for access in self._accesses())

    @property
    def scope_names(self) -> frozenset[str]:
        """All scopes that are described in ``scopes`` or required by an entry."""
        return frozenset(self.scopes).union(*(access.scope.split() for access in self._accesses() if access.scope))

    def _accesses(self) -> Iterator[Access]:
        for catalog in (self.tools, self.resources, self.templates, self.prompts, self.skills):
            yield from (entry.access for entry in catalog)


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


def _prefixed(prefix: str, name: str) -> str:
    return f"{prefix}_{name}" if prefix else name


def _renamed(entry: Any, name: str) -> Any:
    """A copy of a tool or prompt under another name, which shares its concurrency slots with the original."""
    renamed = copy.copy(entry)
    renamed.name = name
    return renamed
