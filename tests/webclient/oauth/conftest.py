"""A foreign server on a real port, and a person who says yes in a browser of their own."""

import aiohttp
import pytest
from attrs import define, field

from tests.webclient.conftest import foreign

__all__ = ["foreign", "person"]


@define
class Person:
    """Follows the consent page's redirect back to the program.

    ``pages`` are the answers they read there, ``visited`` the consent pages.
    """

    visited: list[str] = field(factory=list)
    pages: list[tuple[int, str]] = field(factory=list)

    async def __call__(self, url: str) -> None:
        self.visited.append(url)
        async with aiohttp.ClientSession() as browser, browser.get(url) as answer:
            self.pages.append((answer.status, await answer.text()))


@pytest.fixture
def person() -> Person:
    return Person()
