"""The assistant: asks the model, waits for the person's decision on every call, makes the allowed calls, and returns
their results to the model.
"""

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

from attrs import define, evolve, field

from ..broadcast import Broadcast
from ..errors import FlowError, unexpected
from ..integrations import Calls
from ..sources import Sources
from ..storage import ALLOWED, CONNECTED, REFUSED, CallRecord, Conversation, Integration, Store, Turn, Wish
from .chat import ChatOptions, messages
from .endpoint import Endpoint, NoAnswer
from .outcome import outcome_of
from .toolbox import read_wish, toolbox

log = logging.getLogger(__name__)
MOST_ANSWERS = 20
AT_ONCE, AT_ONCE_EACH = 16, 4
"""The most concurrent requests to the model, in all and for each person. Further requests wait."""
LONGEST_SAID, LONGEST_CONVERSATION = 20_000, 400_000
CUT_OFF = "The call was interrupted. It is not known whether it took effect."
REFUSAL = "The person did not allow this call."
UNDECIDED = "The person did not decide on this call and wrote something else."
PART = "conversation"
"""The name of the page's part that changes, published under the conversation's id as the topic."""


class CannotSay(FlowError):
    """Raised when the person's message cannot be accepted; nothing was changed."""


@define
class Assistant:
    """Runs conversations as background tasks, one for each conversation at a time.

    ``endpoint`` is None when the operator configured none. Failures are recorded in the conversation's ``problem``.
    """

    endpoint: Endpoint | None
    store: Store
    calls: Calls
    sources: Sources
    feed: Broadcast
    _tasks: "dict[str, asyncio.Task[None]]" = field(factory=dict)
    _again: set[str] = field(factory=set)
    _locks: "WeakValueDictionary[str, asyncio.Lock]" = field(factory=WeakValueDictionary)
    _turns: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE))
    _own_turns: "WeakValueDictionary[bytes, asyncio.Semaphore]" = field(factory=WeakValueDictionary)

    def thinking(self, conversation: Conversation) -> bool:
        return conversation.id in self._tasks

    async def tool_bearers(self, owner: bytes) -> list[Integration]:
        """The owner's connected integrations that have tools."""
        return [each for each in await self.store.integrations_of(owner) if each.state == CONNECTED and each.tools]

    # What the person does

    async def begin(self, owner: bytes, text: str, integrations: tuple[str, ...]) -> Conversation:
        """Begin a conversation with the tools of these integrations (ids).

        Raises CannotSay for an unacceptable message, TooManyTools for too many tools.
        """
        chosen = [each for each in await self.tool_bearers(owner) if each.id in integrations]
        toolbox(chosen)
        now = int(self.sources.now())
        empty = Conversation(self.sources.token()[:16], owner, now, now, tuple(each.id for each in chosen))
        conversation = empty.says(Turn("user", self._require_sayable(empty, text)))
        await self.store.conversations.add(conversation)
        self._carry_on(conversation)
        return conversation

    async def say(self, conversation: Conversation, text: str) -> None:
        """Add the person's message. It refuses calls that are still undecided.

        Raises CannotSay for an unacceptable message, and while the assistant is working.
        """
        if self.thinking(conversation):
            raise CannotSay("The assistant is still working. Wait until it has finished, or stop it.")
        said = self._require_sayable(conversation, text)

        def add(now: Conversation) -> Conversation:
            for wish in now.wishes:
                if not wish.outcome:
                    now = now.with_wish(
                        wish.id, decision=wish.decision or REFUSED, outcome=CUT_OFF if wish.decision else UNDECIDED
                    )
            return now.says(Turn("user", said))

        changed = await self._change(conversation, add)
        if changed:
            self._carry_on(changed)

    def _require_sayable(self, conversation: Conversation, text: str) -> str:
        said = text.replace("\r\n", "\n").strip()
        if not said:
            raise CannotSay("Enter a message.")
        if len(said) > LONGEST_SAID:
            raise CannotSay(f"The message is too long. At most {LONGEST_SAID:,} characters are allowed.")
        if (
            sum(len(turn.text) + sum(len(wish.outcome) for wish in turn.wishes) for turn in conversation.turns)
            > LONGEST_CONVERSATION
        ):
            raise CannotSay("This conversation is too long. Start a new one.")
        return said

    async def decide(self, conversation: Conversation, wish_id: str, *, allowed: bool) -> None:
        """Allow or refuse a call that the model asked for. A call that is decided already is left unchanged."""

        def mark(now: Conversation) -> Conversation:
            if wish_id not in {wish.id for wish in now.undecided}:
                return now
            return (
                now.with_wish(wish_id, decision=ALLOWED)
                if allowed
                else now.with_wish(wish_id, decision=REFUSED, outcome=REFUSAL)
            )

        changed = await self._change(conversation, mark)
        if changed:
            self._carry_on(changed)

    async def go_on(self, conversation: Conversation) -> None:
        """Continue after a failure, or after the program ended during the work."""
        changed = await self._change(conversation, lambda now: evolve(now, problem=""))
        if changed:
            self._carry_on(changed)

    async def stop(self, conversation: Conversation) -> None:
        """Stop the work on the conversation, including calls that are running."""
        task = self._tasks.get(conversation.id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            await self._change(
                conversation,
                lambda now: now if now.answered else evolve(now, problem="You stopped the assistant here."),
            )

    async def forget(self, conversation: Conversation) -> None:
        await self.stop(conversation)
        await self.store.conversations.forget(conversation.id, conversation.owner)

    async def settled(self, conversation: Conversation, patience: float) -> None:
        """Wait until it is the person's turn, but no longer than ``patience`` seconds."""
        task = self._tasks.get(conversation.id)
        if task is not None:
            await asyncio.wait([task], timeout=patience)

    async def close(self) -> None:
        """Cancel all work, at the end of the program."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # What the assistant does

    def _carry_on(self, conversation: Conversation) -> None:
        if conversation.id in self._tasks:
            # The task may have read the conversation before the change and be about to end.
            self._again.add(conversation.id)
            return
        self._tasks[conversation.id] = asyncio.create_task(self._work(conversation))
        self.feed.publish(conversation.id, PART)

    async def _work(self, conversation: Conversation) -> None:
        try:
            await self._until_the_person(conversation)
        except FlowError as error:
            await self._fail(conversation, str(error))
        except Exception:
            reference = self.sources.token()[:8]
            log.exception("conversation %s failed", reference)
            await self._fail(conversation, unexpected(reference))
        finally:
            self._tasks.pop(conversation.id, None)
            self._again.discard(conversation.id)
            self.feed.publish(conversation.id, PART)

    async def _until_the_person(self, conversation: Conversation) -> None:
        """Work step by step, each on the conversation as stored then, until the person has to act. Raises FlowError."""
        while now := await self.store.conversations.find(conversation.id, conversation.owner):
            if now.to_do:
                async with asyncio.TaskGroup() as calls:
                    for wish in now.to_do:
                        calls.create_task(self._make_call(now, wish))
            elif now.undecided or now.answered:
                if conversation.id not in self._again:
                    return
                self._again.discard(conversation.id)
            else:
                await self._think(now)

    async def _think(self, conversation: Conversation) -> None:
        if self.endpoint is None:
            raise NoAnswer("No model is configured any more.")
        if conversation.since_the_person() >= MOST_ANSWERS:
            raise NoAnswer(
                f"The model asked for tools {MOST_ANSWERS} times in a row without giving an answer, so it was "
                "stopped. Write how to continue."
            )
        offers = toolbox(
            each for each in await self.tool_bearers(conversation.owner) if each.id in conversation.integrations
        )
        tools: ChatOptions = {"tools": [offer.described() for offer in offers.values()]} if offers else {}
        async with self._own_turns.setdefault(conversation.owner, asyncio.Semaphore(AT_ONCE_EACH)), self._turns:
            reply = await self.endpoint.complete(messages(conversation), **tools)
        wishes = tuple(read_wish(call, offers) for call in reply.calls)
        await self._change(conversation, lambda now: now.says(Turn("assistant", reply.text, wishes, reply.model)))

    async def _make_call(self, conversation: Conversation, wish: Wish) -> None:
        """Make a call and store its outcome.

        A call that was begun before the program ended is not repeated; its outcome is CUT_OFF.
        """
        outcome = CUT_OFF if wish.call_id else await self._outcome(conversation, wish)
        await self._change(conversation, lambda now: now.with_wish(wish.id, outcome=outcome))

    async def _outcome(self, conversation: Conversation, wish: Wish) -> str:
        integration = await self.store.find_integration(wish.integration_id, conversation.owner)
        if integration is None:
            return "This integration is not connected any more."
        try:
            operation = self.calls.begin(integration, CallRecord(wish.tool, wish.arguments))
        except FlowError as error:
            return str(error)
        try:
            await self._change(conversation, lambda now: now.with_wish(wish.id, call_id=operation.id))
            async for _ in operation.over():
                self.feed.publish(conversation.id, PART)
        except asyncio.CancelledError:
            operation.cancel()
            raise
        return outcome_of(operation.record or operation.begun)

    async def _fail(self, conversation: Conversation, sentence: str) -> None:
        await self._change(conversation, lambda now: evolve(now, problem=sentence))

    async def _change(
        self, conversation: Conversation, change: Callable[[Conversation], Conversation]
    ) -> Conversation | None:
        """Read, change and store the conversation under its lock. Returns None when it was deleted meanwhile."""
        lock = self._locks.setdefault(conversation.id, asyncio.Lock())
        async with lock:
            found = await self.store.conversations.find(conversation.id, conversation.owner)
            if found is None:
                return None
            changed = change(found)
            if changed != found:
                changed = evolve(changed, changed_at=int(self.sources.now()))
                await self.store.conversations.change(changed)
                self.feed.publish(conversation.id, PART)
            return changed
