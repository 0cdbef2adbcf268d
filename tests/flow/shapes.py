"""A tool whose argument is one of two kinds."""

from typing import Any

SHAPES: dict[str, Any] = {
    "name": "draw",
    "inputSchema": {
        "type": "object",
        "required": ["title", "shape"],
        "properties": {
            "title": {"type": "string"},
            "shape": {
                "oneOf": [
                    {
                        "title": "Circle",
                        "type": "object",
                        "required": ["radius"],
                        "properties": {"radius": {"type": "number"}},
                    },
                    {
                        "title": "Box",
                        "type": "object",
                        "required": ["width"],
                        "properties": {"width": {"type": "number"}},
                    },
                ]
            },
        },
    },
}
