"""The routes of the API: each of them asks who calls before its handler runs."""

import re
from functools import partial

import pytest

from push_gateway.app import _ROUTES
from push_gateway.features.listed import FEATURES
from testbed import System
from tests.push_gateway.panel import PATH, Panel
from tests.push_gateway.shared_by_module import module_system

pytestmark = pytest.mark.anyio
system = module_system("gateway")
in_path = partial(re.sub, r"\{.*?\}", "1")
API = [
    (method, in_path(route.path))
    for route in [*_ROUTES, *(route for feature in FEATURES for route in feature.routes)]
    for method in sorted(route.methods or ())
    if route.path.startswith(f"{PATH}api/")
]


@pytest.mark.parametrize(("method", "path"), API)
async def test_a_stranger_is_refused_at_every_address_of_the_api(
    system: System, method: str, path: str
) -> None:
    async with Panel.at(system.url("gateway")) as stranger:
        assert (await stranger.http.request(method, path)).status_code == 401


def test_there_are_addresses_to_be_refused_at() -> None:
    assert len(API) > 40
