"""Draws every state: `python -m screenshots`."""

import tempfile
from pathlib import Path

from screenshots.pages import IMAGES, chromium
from screenshots.scenes import demo_states, together
from shared.settings import take_no_arguments
from testbed import live_system

# Short intervals, and a fixed seed, so that the demo tells the same stories each time.
QUICK = {"SIM_DEMO": "1", "SIM_SEED": "7", "WATCH_INTERVAL_S": "1", "LOG_LEVEL": "INFO"}


def main() -> None:
    """Draw all scenes."""
    take_no_arguments("python -m screenshots", __doc__)
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name, draw in (("demo", demo_states), ("team", together)):
            with live_system(Path(folder) / name, "ingest", environ=QUICK) as live:
                live.run(live.system.avito.subscribe, live.system.webhook_url)
                live.run(live.system.start, "worker", "gateway")
                draw(live, browser)


if __name__ == "__main__":
    main()
