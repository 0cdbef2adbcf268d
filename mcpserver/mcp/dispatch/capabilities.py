"""The features that a server offers, as the capabilities that it declares and the methods that it answers."""

from collections.abc import Mapping
from typing import Any, cast

from .. import Server
from ..features import Registry
from ..protocol import MethodNotFound, ServerCapabilities

_CAPABILITIES: dict[str, tuple[str, Mapping[str, bool]]] = {
    "tools": ("tools", {"listChanged": True}),
    "resources": ("resources", {"listChanged": True, "subscribe": True}),
    "prompts": ("prompts", {"listChanged": True}),
    "completion": ("completions", {}),
}
"""Name and value of the capability, by the prefix of the feature's methods."""


class Capabilities:
    """The capabilities of a server; ``extensions`` are declared in addition to the server's own."""

    def __init__(self, server: Server, extensions: Mapping[str, dict[str, object]]) -> None:
        self._server = server
        self._extensions = extensions
        catalogs = server.catalogs
        self._registries: dict[str, tuple[Registry[Any], ...]] = {
            "tools": (catalogs.tools,),
            "resources": (catalogs.resources, catalogs.templates),
            "prompts": (catalogs.prompts,),
            "completion": (catalogs.prompts, catalogs.templates),
            "skills": (catalogs.skills,),
        }

    def declared(self) -> ServerCapabilities:
        """The ServerCapabilities object for discovery and ``initialize``."""
        features = dict(
            _CAPABILITIES[feature]
            for feature in _CAPABILITIES
            if any(registry.used for registry in self._registries[feature])
        )
        declared = cast(ServerCapabilities, {**features, "logging": {}})
        extensions = {**self._server.extensions, **self._extensions}
        if extensions:
            declared["extensions"] = extensions
        return declared

    def require_offered(self, method: str) -> None:
        """Raises MethodNotFound for a method of a feature of which the server never had an entry."""
        registries = self._registries.get(method.partition("/")[0])
        if registries is not None and not any(registry.used for registry in registries):
            raise MethodNotFound(method)
