"""What a server offers, apart from how authors write it: catalogs, what is provided to handlers, and what it is
composed of.
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
    """``instructions`` tell a model how to use the tools together; ``page_size`` is how many entries a list gives at a
    time.

    In seconds: for ``list_ttl`` a client may keep a list, for ``question_lifetime`` a person may think about a
    question, for ``task_lifetime`` a task can be asked for. ``scopes`` say what each scope allows, in words that
    complete "This lets it ...".
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
        """Tell who listens that the list of ``tools``, ``resources`` or ``prompts`` is another now."""
        self.subscriptions.publish({"tools": TOOLS, "resources": RESOURCES, "prompts": PROMPTS}[what])

    def resource_updated(self, uri: str) -> None:
        """Tell who listens to it that a resource reads differently now."""
        self.subscriptions.publish(UPDATED, uri, {"uri": uri})

    def provide(self, kind: type[T], value: T) -> None:
        """Inject this value wherever a parameter has that type; call before the functions that use it."""
        self._providers.add_value(kind, value)

    def provider(self, function: F) -> F:
        """Inject what the function gives: made for each request, or, of an async generator, opened when the server
        starts and closed when it stops.
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

        Raises TypeError for anything else.
        """
        if not inspect.isasyncgenfunction(function):
            raise TypeError(
                f"@server.lifespan got {getattr(function, '__name__', function)}: write async def with one yield in it."
            )
        self._lifespans.append(function)
        return function

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open what lives as long as the server does.

        Raises what an opening function raises, and Escaped for what is no Exception.
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
        """Offer all that another server offers, its tools and prompts under ``prefix_name``, as it is now.

        Raises TypeError for what is no server, and ValueError for a name that is taken, and then offers nothing more.
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
    """The same tool or prompt by another name, with the same slots."""
    renamed = copy.copy(entry)
    renamed.name = name
    return renamed
