"""A mypy plugin: what the commands of redis-py 5 take and return.

redis-py 5 annotates a third of them for both its clients at once (`Awaitable[T] | T`), so that mypy refuses
every `await redis.hget(…)`, and says str for all that Redis stores. A later one does not
go with arq (docs/adr/0035).
"""

from collections.abc import Callable, Mapping

from mypy.plugin import MethodSigContext, Plugin
from mypy.types import (
    FunctionLike,
    Instance,
    LiteralType,
    Type,
    TypeAliasType,
    TypeTranslator,
    UnionType,
    get_proper_type,
)

_ASYNCHRONOUS = "redis.asyncio.client.Redis"
_CLIENTS = ("redis.asyncio.client.", "redis.client.", "arq.connections.ArqRedis.")


class _Replace(TypeTranslator):
    """Replaces types by name, but not in lists, which are invariant, nor in aliases."""

    def __init__(self, by_name: Mapping[str, Type]) -> None:
        super().__init__()
        self._by_name = by_name

    def visit_instance(self, t: Instance, /) -> Type:
        if t.type.fullname == "builtins.list":
            return t
        return self._by_name.get(t.type.fullname) or super().visit_instance(t)

    def visit_type_alias_type(self, t: TypeAliasType, /) -> Type:
        return t

    def visit_literal_type(self, t: LiteralType, /) -> Type:
        return t


def _signature(context: MethodSigContext) -> FunctionLike:
    """Return the signature of a command, with an awaitable reply from the asynchronous client alone.

    It takes str, bytes and numbers for str, a float for int (BLPOP waits for parts of a second); its reply
    is bytes where redis-py says str: our clients decode nothing.
    """
    signature = context.default_signature
    client, reply = get_proper_type(context.type), get_proper_type(signature.ret_type)
    if not (isinstance(client, Instance) and isinstance(reply, UnionType)):
        return signature
    a_str, a_bytes, a_float = (
        context.api.named_generic_type(f"builtins.{name}", []) for name in ("str", "bytes", "float")
    )
    wider = _Replace({"builtins.str": UnionType([a_str, a_bytes, a_float]), "builtins.int": a_float})
    awaited = client.type.has_base(_ASYNCHRONOUS)
    kept = UnionType.make_union([one for one in reply.items if _is_awaitable(one) == awaited])
    return signature.copy_modified(
        arg_types=[taken.accept(wider) for taken in signature.arg_types],
        ret_type=kept.accept(_Replace({"builtins.str": a_bytes})),
    )


def _is_awaitable(one: Type) -> bool:
    proper = get_proper_type(one)
    return isinstance(proper, Instance) and proper.type.fullname == "typing.Awaitable"


class _Redis(Plugin):
    def get_method_signature_hook(self, fullname: str) -> Callable[[MethodSigContext], FunctionLike] | None:
        return _signature if fullname.startswith(_CLIENTS) else None


def plugin(version: str) -> type[Plugin]:
    """Return the plugin, as mypy asks for it."""
    return _Redis
