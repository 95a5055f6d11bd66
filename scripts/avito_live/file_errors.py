"""Errors of files and disks as one line, with what to do about it."""

import errno

_REMEDIES = {
    "run this as the user that it belongs to, or chown it": (errno.EACCES, errno.EPERM),
    "mount it for writing": (errno.EROFS,),
    "free some disk space (df -h, df -i), then run this again": (errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    "move away the file, folder or broken link that stands there": (
        *(errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ELOOP),
    ),
}
_BY_NUMBER = {number: remedy for remedy, numbers in _REMEDIES.items() for number in numbers}


def words_of(error: OSError) -> str:
    """Return what is wrong with which file, and the remedy where one is known."""
    remedy = _BY_NUMBER.get(error.errno or 0)
    if remedy is None:
        return str(error)
    named = f"{error.filename}: " if error.filename else ""
    return f"{named}{error.strerror}: {remedy}."
