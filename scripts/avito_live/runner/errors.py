"""Errors that end a run or a command; each message is one line that a user can act on."""


class RunError(Exception):
    """Ends a run or a command; the message says why. `code`: the exit code, 2 for unusable settings."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class NotRunningError(Exception):
    """No running system was found here; the message says how to start one."""
