"""Health check of a container: `python -m shared.http.healthcheck` exits 0 when the service is ready."""

import http.client
import os
import sys

TIMEOUT_S = 2.5


def main() -> int:
    """Ask /readyz at HEALTH_PORT and print the response, which `docker inspect` shows."""
    port = os.environ.get("HEALTH_PORT", "")
    if not port.isdigit():
        print("HEALTH_PORT is not set", file=sys.stderr)  # noqa: T201 - a command's output
        return 2
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=TIMEOUT_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        print(answer.status, answer.read().decode("utf-8", "replace"))  # noqa: T201 - a command's output
    except OSError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    finally:
        connection.close()
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
