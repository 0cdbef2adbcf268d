"""What authors hand over as functions: each is a tool with the right parameters, or is refused with a sentence that
says what to write.
"""

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from mcpserver import MCPServer, User

from .desk import Desk, text_of


class Shop:
    """A shop."""

    def __init__(self, name: str) -> None:
        self.name = name

    def sell(self, what: str) -> str:
        """Sell something."""
        return f"{self.name} sells {what}"

    async def order(self, what: str) -> str:
        """Order something."""
        return f"{self.name} orders {what}"

    @classmethod
    def founded(cls, year: int) -> str:
        return f"{cls.__name__} {year}"

    @staticmethod
    def greet(name: str) -> str:
        return f"Hello, {name}"


class Adder:
    """Adds."""

    base: str = "annotations of the class are none of its parameters"

    def __call__(self, a: int, b: int = 1) -> str:
        return str(a + b)


class SlowAdder:
    async def __call__(self, a: int) -> str:
        """Adds slowly."""
        return str(a + 1)


class Traced:
    """A decorator that is a class."""

    def __init__(self, function: Callable[..., Any]) -> None:
        functools.update_wrapper(self, function)
        self.function = function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)


def bill(tenant: str, amount: int, currency: str = "EUR") -> str:
    """Write a bill.

    Args:
        amount: How much.
    """
    return f"{tenant} {amount} {currency}"


async def bill_slowly(tenant: str, amount: int) -> str:
    """Write a bill, slowly."""
    return f"{tenant} {amount}"


def passed_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def bound_by_decorator(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(amount: int) -> Any:
        return function("acme", amount)

    return wrapper


def wrapped_partial(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    return functools.update_wrapper(functools.partial(function, *args, **kwargs), function)


def of_user(user: User, amount: int) -> str:
    return f"{user} {amount}"


NOBODY: Any = "nobody"

GOOD: dict[str, tuple[Any, str, str, list[str], dict[str, Any], str]] = {
    "bound method": (Shop("Corner").sell, "sell", "Sell something.", ["what"], {"what": "tea"}, "Corner sells tea"),
    "bound async method": (
        Shop("Corner").order,
        "order",
        "Order something.",
        ["what"],
        {"what": "tea"},
        "Corner orders tea",
    ),
    "class method": (Shop.founded, "founded", "", ["year"], {"year": 1815}, "Shop 1815"),
    "static method": (Shop.greet, "greet", "", ["name"], {"name": "Ada"}, "Hello, Ada"),
    "static method as it stands in a class": (
        Shop.__dict__["greet"],
        "greet",
        "",
        ["name"],
        {"name": "Ada"},
        "Hello, Ada",
    ),
    "object": (Adder(), "Adder", "Adds.", ["a", "b"], {"a": 2}, "3"),
    "async object": (SlowAdder(), "SlowAdder", "Adds slowly.", ["a"], {"a": 2}, "3"),
    "partial": (
        functools.partial(bill, "acme"),
        "bill",
        "Write a bill.",
        ["amount", "currency"],
        {"amount": 3},
        "acme 3 EUR",
    ),
    "partial by name": (
        functools.partial(bill, tenant="acme"),
        "bill",
        "Write a bill.",
        ["amount", "currency"],
        {"amount": 3},
        "acme 3 EUR",
    ),
    "partial of a partial": (
        functools.partial(functools.partial(bill, "acme"), currency="UAH"),
        "bill",
        "Write a bill.",
        ["amount"],
        {"amount": 3},
        "acme 3 UAH",
    ),
    "partial that looks like its function": (
        wrapped_partial(bill, tenant="acme"),
        "bill",
        "Write a bill.",
        ["amount", "currency"],
        {"amount": 3},
        "acme 3 EUR",
    ),
    "partial by position that looks like it": (
        wrapped_partial(bill, "acme"),
        "bill",
        "Write a bill.",
        ["amount", "currency"],
        {"amount": 3},
        "acme 3 EUR",
    ),
    "partial of an async function": (
        functools.partial(bill_slowly, "acme"),
        "bill_slowly",
        "Write a bill, slowly.",
        ["amount"],
        {"amount": 3},
        "acme 3",
    ),
    "partial of a method": (
        functools.partial(Shop("Corner").sell, "tea"),
        "sell",
        "Sell something.",
        [],
        {},
        "Corner sells tea",
    ),
    "partial that binds the user": (
        functools.partial(of_user, NOBODY),
        "of_user",
        "",
        ["amount"],
        {"amount": 3},
        "nobody 3",
    ),
    "partial of an object": (functools.partial(Adder(), b=5), "Adder", "Adds.", ["a"], {"a": 2}, "7"),
    "decorated": (
        passed_on(bill),
        "bill",
        "Write a bill.",
        ["tenant", "amount", "currency"],
        {"tenant": "acme", "amount": 3},
        "acme 3 EUR",
    ),
    "plainly decorated async function": (
        passed_on(bill_slowly),
        "bill_slowly",
        "Write a bill, slowly.",
        ["tenant", "amount"],
        {"tenant": "a", "amount": 3},
        "a 3",
    ),
    "decorated by a class": (
        Traced(bill_slowly),
        "bill_slowly",
        "Write a bill, slowly.",
        ["tenant", "amount"],
        {"tenant": "a", "amount": 3},
        "a 3",
    ),
    "decorator that binds": (
        bound_by_decorator(bill),
        "bill",
        "Write a bill.",
        ["amount"],
        {"amount": 3},
        "acme 3 EUR",
    ),
    "decorated method": (
        functools.partial(passed_on(Shop.sell), Shop("Corner")),
        "sell",
        "Sell something.",
        ["what"],
        {"what": "tea"},
        "Corner sells tea",
    ),
    "cached": (
        functools.lru_cache(bill),
        "bill",
        "Write a bill.",
        ["tenant", "amount", "currency"],
        {"tenant": "acme", "amount": 3},
        "acme 3 EUR",
    ),
}


@pytest.mark.parametrize("kind", GOOD)
async def test_function_of_any_kind_is_a_tool(kind: str) -> None:
    function, name, description, parameters, arguments, text = GOOD[kind]
    server = MCPServer("kinds")
    server.tool(function)
    (tool,) = server.catalogs.tools
    definition = tool.definition(objects_only=False)
    assert (definition["name"], definition.get("description", "")) == (name, description)
    assert list(definition["inputSchema"]["properties"]) == parameters
    assert text_of(await Desk(server).call(name, **arguments)) == text


@pytest.mark.parametrize("kind", [kind for kind in GOOD if "partial" in kind or kind == "decorator that binds"])
async def test_what_is_bound_is_nothing_a_caller_can_give(kind: str) -> None:
    """MCP 2026-07-28, tools: security considerations: what the author fixed stays so."""
    function, name, _, parameters, arguments, _ = GOOD[kind]
    server = MCPServer("kinds")
    server.tool(function)
    for bound in {"tenant", "what", "user", "b", "currency"} - set(parameters):
        assert bound in await Desk(server).error(name, **arguments, **{bound: "mine"})


async def test_partials_and_methods_are_prompts_resources_and_completions_too() -> None:
    server = MCPServer("kinds")
    server.prompt(functools.partial(bill, "acme", currency="UAH"))
    server.resource("shop://{what}")(Shop("Corner").order)
    server.completion("bill", "amount")(functools.partial(_amounts, more="0"))
    desk = Desk(server)
    assert (await desk.ask("prompts/get", name="bill", arguments={"amount": "3"}))["messages"][0]["content"][
        "text"
    ] == "acme 3 UAH"
    asked = {"ref": {"type": "ref/prompt", "name": "bill"}, "argument": {"name": "amount", "value": "1"}}
    assert (await desk.ask("completion/complete", **asked))["completion"]["values"] == ["10"]
    assert (await desk.ask("resources/read", uri="shop://tea"))["contents"][0]["text"] == "Corner orders tea"


def _amounts(value: str, more: str) -> list[str]:
    return [value + more]


async def test_plain_function_that_gives_something_to_await_is_awaited() -> None:
    server = MCPServer("kinds")

    @server.tool
    def later(amount: int) -> str:
        return bill_slowly("acme", amount)  # type: ignore[return-value]

    assert text_of(await Desk(server).call("later", amount=3)) == "acme 3"


def generator() -> Iterator[str]:
    yield "one"


async def async_generator() -> AsyncIterator[str]:
    yield "one"


def positional(a: int, /) -> str:
    return str(a)


def several(*words: str) -> str:
    return " ".join(words)


def open_ended(**words: str) -> str:
    return " ".join(words)


def user_among_several(*users: User) -> str:
    return str(users)


REFUSED: dict[str, tuple[Any, str]] = {
    "class": (
        Adder,
        "Adder is not a function: hand over a function, or a method of an object or a class that is there",
    ),
    "partial of a class": (functools.partial(Shop, "Corner"), "Shop is not a function"),
    "class method as it stands in a class": (Shop.__dict__["founded"], "founded is not a function"),
    "value": (42, "int is not a function"),
    "method without its object": (
        Shop.sell,
        r"sell is a method of a class: hand over that of an object \(server.tool\(instance.sell\)\), which knows its "
        r"self",
    ),
    "generator": (generator, "generator is a generator .*: collect what it gives, and return that as a list"),
    "asynchronous generator": (async_generator, "is a generator"),
    "partial of a generator": (functools.partial(generator), "is a generator"),
    "positional-only": (positional, "The parameter a of positional cannot be given by its name: take the / out"),
    "*args": (several, "The parameter words of several cannot be given by its name: write each argument"),
    "**kwargs": (open_ended, "The parameter words of open_ended cannot be given by its name: write each argument"),
    "*args of users": (user_among_several, "The parameter users of user_among_several cannot be given by its name"),
    "lambda with a parameter": (lambda value: value, "The parameter value of <lambda> needs a type"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_called_by_names_is_refused_with_a_sentence(kind: str) -> None:
    function, sentence = REFUSED[kind]
    server = MCPServer("kinds")
    with pytest.raises(TypeError, match=sentence):
        server.tool(function)
    with pytest.raises(TypeError, match=sentence):
        server.prompt(function)
    assert not list(server.catalogs.tools)


def test_positional_only_parameter_may_be_bound() -> None:
    server = MCPServer("kinds")
    server.tool(functools.partial(positional, 3))
    assert [tool.name for tool in server.catalogs.tools] == ["positional"]


def test_provider_that_is_a_plain_generator_is_refused() -> None:
    server = MCPServer("kinds")
    with pytest.raises(TypeError, match="write it with `async def`"):
        server.provider(generator)
