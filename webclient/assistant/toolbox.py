"""The connected tools as functions that a model can call, and the reading of its calls."""

import hashlib
import json
import re
from collections.abc import Iterable

from attrs import evolve, frozen

from ..errors import FlowError
from ..forms import BadArguments, checked, parsed
from ..storage import INVALID, Integration, Wish
from ..wire import Tool
from .chat import LONGEST_OUTCOME, ChatTool
from .endpoint import ModelCall

MOST_TOOLS = 128
"""The limit of the common endpoints."""
LONGEST_ABOUT = 4000
MOST_PROBLEMS = 20
UNFIT = re.compile(r"[^A-Za-z0-9_-]+")


class TooManyTools(FlowError):
    """Raised when the integrations have more tools than a model can be offered."""


@frozen
class Offer:
    """A tool of an integration, offered to the model under the name ``function``."""

    function: str
    integration: Integration
    tool: Tool

    def described(self) -> ChatTool:
        """The tool as a member of ``tools`` in a chat completion request.

        The integration is named in its description, so that the model can distinguish similar tools.
        """
        said = f"{self.tool.get('description', '')}\n(from {self.integration.name[:100]})".strip()
        return {
            "type": "function",
            "function": {
                "name": self.function,
                "description": said[:LONGEST_ABOUT],
                "parameters": self.tool["inputSchema"],
            },
        }


def function_name(integration: Integration, tool: str) -> str:
    """The function name of a tool: up to 64 letters, digits, _ and -, as models demand; MCP allows more.

    The name is stable, and unique for each integration and tool.
    """
    mark = hashlib.sha256(json.dumps([integration.id, tool]).encode()).hexdigest()[:10]
    return f"{UNFIT.sub('_', tool)[:50]}_{mark}"


def toolbox(integrations: Iterable[Integration]) -> dict[str, Offer]:
    """The tools of the integrations by function name. Raises TooManyTools for more than MOST_TOOLS."""
    offers = [Offer(function_name(each, tool["name"]), each, tool) for each in integrations for tool in each.tools]
    if len(offers) > MOST_TOOLS:
        raise TooManyTools(
            f"These integrations offer {len(offers)} tools, but a model can be given at most {MOST_TOOLS}. Start a "
            "conversation with fewer integrations."
        )
    return {offer.function: offer for offer in offers}


def read_wish(call: ModelCall, offers: dict[str, Offer]) -> Wish:
    """The call that the model asks for.

    One that cannot be made is INVALID with an outcome for the model, and the person is not asked about it.
    """
    offer = offers.get(call.function)
    if offer is None:
        return Wish(call.id, call.function, decision=INVALID, outcome="There is no such tool.")
    known = Wish(
        call.id,
        call.function,
        integration_id=offer.integration.id,
        integration=offer.integration.name,
        tool=offer.tool["name"],
    )
    return _with_arguments(known, call.arguments, offer)


def _with_arguments(wish: Wish, arguments: str, offer: Offer) -> Wish:
    try:
        given = parsed(arguments or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        return evolve(wish, decision=INVALID, outcome="The arguments are not a JSON object.")
    try:
        return evolve(wish, arguments=checked(given, offer.tool["inputSchema"]))
    except BadArguments as error:
        told = "; ".join(
            f"{place or 'as a whole'}: {sentence}" for place, sentence in list(error.problems.items())[:MOST_PROBLEMS]
        )
        return evolve(
            wish,
            arguments=given,
            decision=INVALID,
            outcome=f"The arguments do not fit the tool's schema. {told}"[:LONGEST_OUTCOME],
        )
