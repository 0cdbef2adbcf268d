"""The server as its author writes it: functions become tools, resources and prompts."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar, overload

from ..principal import User
from .declaring import checked, require_details, require_function, within
from .features import (
    DIRECTORY_READ,
    EXTENSION,
    Access,
    Completions,
    Description,
    Prompt,
    Resource,
    TaskMode,
    UriTemplate,
    Visible,
    hints,
    make_tool,
    read_function,
    read_skills,
)
from .interaction import TASKS
from .offering import Offering
from .protocol import LAMBDA, LONGEST, Annotations, Icon, require_name
from .schema import Schema

APPS = "io.modelcontextprotocol/ui"
APP_TYPE = "text/html;profile=mcp-app"

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")

TOOL_DETAILS = (
    *(
        "name",
        "title",
        "scope",
        "read_only",
        "destructive",
        "idempotent",
        "open_world",
        "icons",
        "meta",
        "public",
        "visible",
    ),
    *("timeout", "concurrency", "input_schema", "output_schema", "task", "ui"),
)
PROMPT_DETAILS = ("name", "title", "scope", "public", "visible", "icons", "meta")
"""The arguments of the decorators, as their overloads have them."""

Lifespan = Callable[[], AsyncIterator[None]]


class MCPServer(Offering):
    __doc__ = Offering.__doc__

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
        """Make a tool of a function: its docstring describes it, its types are its schema (MCP 2026-07-28, server:
        tools).

        A parameter of type ``User``, ``Context`` or of something provided is injected and never shows in the schema.
        ``scope`` is what a caller must have been granted; ``public`` needs no sign-in; ``visible`` decides who sees it.
        The hints ``read_only``, ``destructive``, ``idempotent`` and ``open_world`` are MCP's annotations. ``timeout``
        is in seconds, ``concurrency`` how many calls run at a time. ``ui`` names the resource that shows the result
        (MCP Apps). ``task`` lets a client come back for the result: at once (True), from ``context.begin_task()`` on
        ("later"), or always ("required").
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
        """Make a prompt of a function that gives text, content, or messages; its parameters arrive as strings (MCP
        2026-07-28, server: prompts).
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
        """Make a resource of a function; with ``{variables}`` in the URI, a template whose variables are its
        parameters.

        ``{name}`` is one segment and never holds a slash, ``{+path}`` may hold slashes and never leads upwards or
        elsewhere; ``unchecked`` names variables that take any value, which the function then has to look at. ``{?a,b}``
        at the end are parameters of the query, for which the function has defaults. ``size`` in bytes; ``ttl`` in
        seconds is how long what was read may be kept (MCP 2026-07-28, server: resources).
        """
        template = UriTemplate(uri, frozenset(unchecked))

        def register(function: F) -> F:
            require_function("@server.resource", function, '@server.resource("notes://all") above the def')
            with within("resource", function):
                read = read_function(function, self._providers)
                called = uri if name is None and read.name == LAMBDA else name if name is not None else read.name
                require_name(called[:LONGEST] if called is uri else called, "resource")
                described = Description(
                    called, title, description or read.description, mime_type, icons, annotations, size, meta or {}, ttl
                )
                completions = Completions.of(read, template.admits)
                resource = Resource(template, read, described, Access(scope, public, visible), completions)
                (self.templates if resource.is_template else self.resources).add(uri, resource)
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
        """Make a page of a function that gives HTML, at a ``ui://`` address that tools name as their ``ui`` (MCP Apps).

        ``csp`` names the origins it may load from, ``permissions`` what it asks of the host; the other details are
        those of ``resource``.
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
        """Hand out the skill in a folder, or those in its folders, at ``skill://<prefix><name>/`` (SEP-2640).

        Raises SkillError.
        """
        for skill in read_skills(Path(folder), prefix, Access(scope, public, visible)):
            self.skills.add(skill.uri, skill)
            self.resources.add(skill.uri, skill.manifest)
        self.extensions[EXTENSION] = {DIRECTORY_READ: True}

    @checked("@server.completion", '@server.completion("name of the prompt", "argument") above the def')
    def completion(self, ref: str, argument: str) -> Callable[[F], F]:
        """Complete an argument of a prompt, by its name, or of a resource template, by its URI, with what a function
        gives.

        The function takes ``value``, what was typed so far, and may take ``others``, the arguments that are known
        already. Raises KeyError (utilities: completion).
        """
        completions = (self.prompts.find(ref) or self.templates.find(ref) or _unknown(ref)).completions

        def register(function: F) -> F:
            require_function(
                "@server.completion", function, '@server.completion("name of the prompt", "argument") above the def'
            )
            with within("completion", function):
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

    def _add_tool(self, function: Callable[..., Any], **details: Any) -> None:
        require_function("@server.tool", function, '@server.tool(name="...") above the def')
        with within("tool", function):
            require_details("@server.tool", details, TOOL_DETAILS)
            self._make_tool(function, **details)

    def _make_tool(
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
        annotations = hints(
            readOnlyHint=read_only, destructiveHint=destructive, idempotentHint=idempotent, openWorldHint=open_world
        )
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

    def _add_prompt(self, function: F, **details: Any) -> F:
        require_function("@server.prompt", function, '@server.prompt(name="...") above the def')
        with within("prompt", function):
            require_details("@server.prompt", details, PROMPT_DETAILS)
            return self._make_prompt(function, **details)

    def _make_prompt(
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
        prompt = Prompt(
            read.name if name is None else name,
            read,
            Access(scope, public, visible),
            completions,
            meta=meta or {},
            **details,
        )
        self.prompts.add(prompt.name, prompt)
        return function


def _unknown(ref: str) -> NoReturn:
    raise KeyError(f"There is no prompt and no resource template {ref}.")
