"""Whose trouble an error is: Redis' and the network's never counts against an inbox entry. Pure."""

from redis import exceptions

_STORES = (
    exceptions.AuthenticationError,
    exceptions.ReadOnlyError,
    exceptions.MasterDownError,
    exceptions.NoPermissionError,
    exceptions.NoScriptError,
    exceptions.OutOfMemoryError,
)
_STORES_WORDS = ("OOM", "READONLY", "MISCONF", "BUSY", "NOREPLICAS", "UNBLOCKED", "maxmemory", "CLUSTERDOWN")


def is_stores_trouble(error: Exception) -> bool:
    """Tell whether Redis or the way to it failed, rather than the entry that was sent."""
    if not isinstance(error, exceptions.ResponseError) or isinstance(error, _STORES):
        return True
    return any(word in str(error) for word in _STORES_WORDS)
