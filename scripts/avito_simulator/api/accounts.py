"""The account itself and its items."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from avito_simulator.api.errors import ApiError
from avito_simulator.model import Item
from avito_simulator.simulator import Simulator

STATUSES = {4: "active", 10: "active", 20: "removed"}


async def self_info(sim: Simulator, request: Request) -> Response:
    """Return the account of the token."""
    return JSONResponse(asdict(sim.account) | {"phones": [sim.account.phone]})


async def item_info(sim: Simulator, request: Request) -> Response:
    """Return status and dates of one item, without title, price or picture, as at Avito."""
    item = _items(sim).get(request.path_params["item_id"])
    if item is None:
        raise ApiError(404)
    return JSONResponse(
        {
            "autoload_item_id": None,
            "start_time": "2025-09-01T08:00:00+03:00",
            "finish_time": "2025-10-01T08:00:00+03:00",
            "status": _status(item),
            "url": item.url,
            "vas": [],
        }
    )


async def items(sim: Simulator, request: Request) -> Response:
    """Return a page of the items on sale; errors are flat here, as in Avito's document."""
    try:
        per_page = int(request.query_params.get("per_page", "25"))
        number = int(request.query_params.get("page", "1"))
    except ValueError:
        return _flat_error("page and per_page must be whole numbers")
    if not (1 <= per_page < 100 and number >= 1):
        return _flat_error("per_page must be from 1 to 99, page at least 1")
    wanted = request.query_params.get("status", "active").split(",")
    found = [item for _, item in sorted(_items(sim).items()) if _status(item) in wanted]
    shown = found[(number - 1) * per_page : number * per_page]
    return JSONResponse(
        {
            "meta": {"page": number, "per_page": per_page},
            "resources": [_resource(item) for item in shown],
        }
    )


def _items(sim: Simulator) -> dict[int, Item]:
    return {chat.item.id: chat.item for chat in sim.world.chats.values() if chat.item}


def _status(item: Item) -> str:
    return STATUSES.get(item.status_id, "old")


def _resource(item: Item) -> dict[str, object]:
    digits = "".join(filter(str.isdecimal, item.price or ""))
    return {
        "id": item.id,
        "title": item.title,
        "price": int(digits) if digits else None,
        "status": _status(item),
        "url": item.url,
        "address": item.place,
        "category": {"id": 1, "name": "Личные вещи"},
    }


def _flat_error(message: str) -> Response:
    return JSONResponse({"code": "400", "message": message}, 400)
