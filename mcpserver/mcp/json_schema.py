"""STUB"""

from typing import Any

from .codec import codec_of


class JsonSchema:
    def require(self, value: object) -> None: ...


def compile_schema(schema: dict[str, Any]) -> JsonSchema:
    return JsonSchema()


def require_form_schema(schema: Any) -> None: ...
def form_schema_of(kind: Any) -> dict[str, Any]:
    return codec_of(kind).schema
