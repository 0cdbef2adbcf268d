"""Tools and a prompt that ask: a form, a model, the roots, several at once, one after the other."""

from attrs import frozen

from mcpserver import Context, MCPServer, form, roots, sample

server = MCPServer("Questions")


@frozen
class Name:
    name: str


@frozen
class Color:
    color: str


@frozen
class Confirmation:
    ok: bool


@frozen
class Value:
    value: str


@frozen
class Background:
    context: str


@server.tool
async def test_sampling(prompt: str, context: Context) -> str:
    """Have the client's model answer."""
    return f"LLM response: {(await context.sample(prompt, max_tokens=100)).text}"


@server.tool
async def test_missing_capability(context: Context) -> str:
    """Need sampling."""
    return (await context.sample("Anything", max_tokens=10)).text


@server.tool
async def test_streaming_elicitation(context: Context) -> str:
    """Say how far it is, then ask."""
    await context.progress(50, total=100)
    answer = await context.elicit(Name, "What is your name?")
    return f"Hello, {answer.name}!"


@server.tool
async def test_input_required_result_elicitation(context: Context) -> str:
    """Ask for a name."""
    answer = await context.elicit(Name, "What is your name?", key="user_name")
    return f"Hello, {answer.name}!"


@server.tool
async def test_input_required_result_sampling(context: Context) -> str:
    """Ask a model."""
    return (await context.sample("What is the capital of France?", max_tokens=100, key="capital_question")).text


@server.tool
async def test_input_required_result_list_roots(context: Context) -> str:
    """Ask for the roots."""
    return f"Found {', '.join(root.uri for root in await context.roots(key='client_roots'))}"


@server.tool
async def test_input_required_result_request_state(context: Context) -> str:
    """Remember something from one round to the next."""
    kind = await context.remember("kind", lambda: "state-ok")
    answer = await context.elicit(Confirmation, "Please confirm", key="confirm")
    return f"{kind}: {answer.ok}"


@server.tool
async def test_input_required_result_tampered_state(context: Context) -> str:
    """Go by a state that nobody may change."""
    answer = await context.elicit(Confirmation, "Please confirm", key="confirm")
    return f"integrity-ok: {answer.ok}"


@server.tool
async def test_input_required_result_multiple_inputs(context: Context) -> str:
    """Ask the person, the model and the client at once."""
    name, greeting, found = await context.ask(
        form(Name, "What is your name?", key="user_name"),
        sample("Generate a greeting", max_tokens=50, key="greeting"),
        roots(key="client_roots"),
    )
    return f"Name: {name.name}; Greeting: {greeting.text}; Roots: {len(found)}"


@server.tool
async def test_input_required_result_multi_round(context: Context) -> str:
    """Ask again after an answer."""
    first = await context.elicit(Name, "Step 1: What is your name?", key="step1")
    second = await context.elicit(Color, "Step 2: What is your favorite color?", key="step2")
    return f"{first.name} likes {second.color}"


@server.tool
async def test_input_required_result_capabilities(context: Context) -> str:
    """Ask what the client can answer."""
    questions = [form(Value, "Elicitation input", key="elicit_input")] if context.can("elicitation") else []
    questions += [sample("Sample request", max_tokens=50, key="sample_input")] if context.can("sampling") else []
    return f"capabilities-ok: {len(await context.ask(*questions))} answers"


@server.prompt
async def test_input_required_result_prompt(context: Context) -> str:
    """A prompt that asks what it is about."""
    answer = await context.elicit(Background, "What context should the prompt use?", key="user_context")
    return f"Prompt with context: {answer.context}"
