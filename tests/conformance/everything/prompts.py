"""Prompts: plain, with arguments, with a resource, with an image."""

from mcpserver import EmbeddedResource, Image, MCPServer, Message

from .samples import PNG

server = MCPServer("Prompts")


@server.prompt(title="Simple")
async def test_simple_prompt() -> str:
    """A prompt without arguments."""
    return "This is a simple prompt for testing."


@server.prompt
async def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """A prompt of two arguments."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.completion("test_prompt_with_arguments", "arg1")
async def first_arguments(value: str) -> list[str]:
    """Two ways to end what was begun."""
    return [f"{value}1", f"{value}2"]


@server.prompt
async def test_prompt_with_embedded_resource(resourceUri: str) -> list[Message]:  # noqa: N803 - the suite's name for it
    """A prompt about a resource."""
    resource = EmbeddedResource(resourceUri, text="Embedded resource content for testing.", mime_type="text/plain")
    return [Message("user", resource), Message("user", "Please process the embedded resource above.")]


@server.prompt
async def test_prompt_with_image() -> list[Message]:
    """A prompt about an image."""
    return [Message("user", Image(PNG)), Message("user", "Please analyze the image above.")]
