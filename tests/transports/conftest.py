"""An endpoint on a real port."""

import pytest
from pytest_aiohttp import AiohttpClient

from .endpoint import Endpoint, open_endpoint


@pytest.fixture
async def endpoint(aiohttp_client: AiohttpClient) -> Endpoint:
    return await open_endpoint(aiohttp_client)
