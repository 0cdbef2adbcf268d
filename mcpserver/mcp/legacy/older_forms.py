"""Elicitation requests in the format of the revisions before 2026-07-28 (MCP 2025-11-25 and 2025-06-18, client:
elicitation).
"""

import secrets

from ..interaction import Ask
from ..protocol import Params, ToolError
from ..schema import Schema, SchemaError

FIRST, WITH_PAGES = "2025-06-18", "2025-11-25"


def in_words_of(revision: str, ask: Ask) -> Ask:
    """Wrap ``ask`` so that questions are sent in the format of a revision.

    The wrapper raises ToolError for a form that the revision cannot express.
    """
    if revision == WITH_PAGES:
        return _with_ids(ask)
    if revision != FIRST:
        return ask

    async def reworded(method: str, params: Params) -> Params:
        if "requestedSchema" not in params:
            return await ask(method, params)
        try:
            return await ask(method, {**params, "requestedSchema": older_form_schema(params["requestedSchema"])})
        except SchemaError as error:
            raise ToolError(str(error)) from error

    return reworded


def _with_ids(ask: Ask) -> Ask:
    """Add the ``elicitationId`` that 2025-11-25 requires in URL mode (ElicitRequestURLParams)."""

    async def named(method: str, params: Params) -> Params:
        return await ask(
            method, {**params, "elicitationId": secrets.token_hex(16)} if params.get("mode") == "url" else params
        )

    return named


def older_form_schema(schema: Schema) -> Schema:
    """A form schema in the format of 2025-06-18, with titles of choices as ``enumNames`` and defaults of booleans only.

    Raises SchemaError for a multiple-choice field, which that revision does not have.
    """
    return {**schema, "properties": {name: _older_field(name, field) for name, field in schema["properties"].items()}}


def _older_field(name: str, field: Schema) -> Schema:
    if field["type"] == "array":
        raise SchemaError(
            f"The field {name} of the form asks for several choices at once, which clients of this protocol revision "
            "cannot show."
        )
    dropped = {"oneOf"} if field["type"] == "boolean" else {"oneOf", "default"}
    kept = {word: value for word, value in field.items() if word not in dropped}
    choices = field.get("oneOf")
    return (
        kept
        if choices is None
        else {**kept, "enum": [each["const"] for each in choices], "enumNames": [each["title"] for each in choices]}
    )
