"""A self-registered client, a signed-in person, and a stranger's client beside it."""

import pytest

from mcpserver.compose.service import Service

from ..asker import Asker
from ..conftest import AddUser, ServiceClient, SignIn


@pytest.fixture
async def visitor(client: ServiceClient, service: Service) -> Asker:
    """A registered client and a browser in which nobody is signed in."""
    asker = Asker(client, service)
    assert (await asker.register()).status == 201
    return asker


@pytest.fixture
async def asker(visitor: Asker, add_user: AddUser, sign_in: SignIn) -> Asker:
    """A registered client and a browser in which Ada is signed in."""
    await add_user("ada")
    await sign_in(visitor.http, "ada")
    return visitor
