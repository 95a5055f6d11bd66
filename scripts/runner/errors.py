"""What ends a run before its time."""


class RunError(Exception):
    """One plain line that names the way out. `code` is the exit code: 1, or 2 for unusable settings."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code
