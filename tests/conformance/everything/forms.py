"""Tools that ask what the suite looks at closely: defaults of every kind, and every way to offer a choice."""

from collections.abc import Mapping
from typing import Any

import msgspec

from mcpserver import Context, Declined, MCPServer, form

server = MCPServer("Forms")

DEFAULTS = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "description": "User name", "default": "John Doe"},
        "age": {"type": "integer", "description": "User age", "default": 30},
        "score": {"type": "number", "description": "User score", "default": 95.5},
        "status": {
            "type": "string",
            "description": "User status",
            "enum": ["active", "inactive", "pending"],
            "default": "active",
        },
        "verified": {"type": "boolean", "description": "Verification status", "default": True},
    },
    "required": [],
}
OPTIONS = ["option1", "option2", "option3"]
TITLED = [
    {"const": f"value{number}", "title": f"{name} Option"}
    for number, name in enumerate(("First", "Second", "Third"), 1)
]
LEGACY = {"enum": ["opt1", "opt2", "opt3"], "enumNames": ["Option One", "Option Two", "Option Three"]}
ENUMS = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "description": "Select one option", "enum": OPTIONS},
        "titledSingle": {"type": "string", "description": "Select one option with titles", "oneOf": TITLED},
        "legacyEnum": {"type": "string", "description": "Select one option (legacy)", **LEGACY},
        "untitledMulti": {
            "type": "array",
            "description": "Select some",
            "minItems": 1,
            "maxItems": 3,
            "items": {"type": "string", "enum": OPTIONS},
        },
        "titledMulti": {
            "type": "array",
            "description": "Select some with titles",
            "minItems": 1,
            "maxItems": 3,
            "items": {"anyOf": TITLED},
        },
    },
    "required": [],
}


@server.tool
async def test_elicitation_sep1034_defaults(context: Context) -> str:
    """Ask with a default for each kind of field."""
    return await _asked(context, DEFAULTS, "Please review and update the form fields with defaults")


@server.tool
async def test_elicitation_sep1330_enums(context: Context) -> str:
    """Ask for choices in all five ways there are."""
    return await _asked(context, ENUMS, "Please select options from the enum fields")


@server.tool
async def test_elicitation(message: str, context: Context) -> str:
    """Ask what the caller would have asked."""
    schema = {
        "type": "object",
        "properties": {"response": {"type": "string", "description": "User's response"}},
        "required": ["response"],
    }
    return await _asked(context, schema, message)


async def _asked(context: Context, schema: Mapping[str, Any], message: str) -> str:
    try:
        (answer,) = await context.ask(form(schema, message))
    except Declined as declined:
        return f"Elicitation completed: action={declined.action}"
    return f"Elicitation completed: action=accept, content={msgspec.json.encode(answer).decode()}"
