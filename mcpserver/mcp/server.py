"""``MCPServer``: the API for authors, which registers functions as tools, resources and prompts."""

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
"""Arguments of the decorators ``tool`` and ``prompt``, the same as in their overloads."""

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
            self.skills.add(skill.uri, skill)
            self.resources.add(skill.uri, skill.manifest)
        self.extensions[EXTENSION] = {DIRECTORY_READ: True}

    @checked("@server.completion", '@server.completion("name of the prompt", "argument") above the def')
    def completion(self, ref: str, argument: str) -> Callable[[F], F]:
        """Register a function that completes one argument of a prompt or resource template (utilities: completion).

        ``ref`` is the name of the prompt or the URI of the template. The function takes ``value``, the text typed so
        far, and may take ``others``, the arguments that are already known. Raises KeyError when there is no such
        prompt or template.
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
        """Remove a tool. Raises KeyError when there is none of that name."""
        self.tools.remove(name)

    def remove_prompt(self, name: str) -> None:
        """Remove a prompt. Raises KeyError when there is none of that name."""
        self.prompts.remove(name)

    def remove_resource(self, uri: str) -> None:
        """Remove a resource or resource template. Raises KeyError when there is none at that URI."""
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
