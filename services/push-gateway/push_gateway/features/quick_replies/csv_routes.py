"""Quick replies as a CSV file over HTTP: export, preview of an import, import as a whole or not at all."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import asdict
from secrets import token_hex

from starlette.responses import Response

from push_gateway.features.quick_replies import catalogue, csv_table, repository
from push_gateway.features.quick_replies.catalogue import Catalogue, CatalogueError, Edit, Stamp
from push_gateway.features.quick_replies.csv_table import Problem, Table
from push_gateway.features.quick_replies.routes import API
from push_gateway.features.quick_replies.shared import quick_replies_of
from push_gateway.http.bodies import read_bytes
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import ApiCall, get, post

_WITHIN_S = 30.0
_LOG = logging.getLogger("push_gateway.quick_replies")


async def export(call: ApiCall) -> Response:
    """Answer `GET quick-replies/export`: the CSV file."""
    headers = {"Content-Disposition": 'attachment; filename="quick-replies.csv"'}
    loaded = await quick_replies_of(call).load()
    return Response(loaded.csv, headers=headers, media_type="text/csv; charset=utf-8")


async def preview(call: ApiCall) -> Response:
    """Answer `POST quick-replies/import/preview` (the file): what the import would change, and its problems.

    `tag` belongs into `If-Match` of the import that follows.
    """
    file = await _read(call)
    loaded = await quick_replies_of(call).load()
    try:
        edit = _merge(file, Stamp(call.caller.operator, 0.0))(loaded.catalogue)
    except CatalogueError as error:
        file = Table(problems=[Problem(1, error.code, error.message)])
    problems = [asdict(problem) for problem in file.problems]
    counts = _counts(Table(), Edit()) if problems else _counts(file, edit)
    return json_response(counts | {"problems": problems, "tag": loaded.json[1]})


async def import_file(call: ApiCall) -> Response:
    """Answer `POST quick-replies/import` (the file): how many were added and changed.

    With `If-Match` (a tag): 409 when anything has changed since.
    """
    file = await _read(call)
    if file.problems:
        first = file.problems[0]
        raise ApiError(422, "bad_csv", f"Line {first.line}: {first.message} Nothing was imported.")
    wanted = call.request.headers.get("if-match", "").strip('" ')
    merge = _merge(file, Stamp(call.caller.operator, round(time.time(), 3)))

    def decide(known: Catalogue) -> Edit:
        if wanted not in ("", "*", repository.to_json(known)[1]):
            raise CatalogueError(
                "changed", "The quick replies have changed meanwhile. Look at the file again."
            )
        return merge(known)

    quick_replies = quick_replies_of(call)
    with quick_replies.importing(call):
        edit = await quick_replies.save(decide)
    counts = _counts(file, edit)
    _LOG.info("push_gateway.quick_replies.brought_in", extra=counts | {"by": call.caller.operator})
    return json_response(counts)


async def _read(call: ApiCall) -> Table:
    data = await read_bytes(call.request, csv_table.MOST_BYTES, _WITHIN_S)
    return await asyncio.get_running_loop().run_in_executor(call.gateway.files, csv_table.read, data)


def _merge(file: Table, stamp: Stamp) -> Callable[[Catalogue], Edit]:
    rows = [(token_hex(6), row) for row in file.rows]
    return lambda known: catalogue.merge(known, rows, stamp)


def _counts(file: Table, edit: Edit) -> dict[str, int]:
    added = sum(reply.version == 1 for reply in edit.put)
    changed = len(edit.put) - added
    return {"added": added, "changed": changed, "unchanged": len(file.rows) - len(edit.put)}


ROUTES = [
    get(f"{API}/export", "read", export),
    post(f"{API}/import/preview", "reply", preview, in_time=False),
    post(f"{API}/import", "reply", import_file, in_time=False),
]
