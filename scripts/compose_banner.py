"""The end of `make up`: address, login and next step."""

import os
import sys

import given_settings
from avito_live_run import banner
from shared.settings import SettingsError, exit_with


def main() -> int:
    """Print them."""
    try:
        values = given_settings.load(os.environ)
    except SettingsError as error:
        exit_with(error)
    domain = values.get("DOMAIN", "")
    print(
        banner.text(
            banner.Facts(
                panel=f"https://{domain}/admin/avito/",
                username=values.get("ADMIN_USERNAME", ""),
                password=values.get("ADMIN_PASSWORD") or None,
                demo=False,
                domain=domain,
                env_file=str(given_settings.home(os.environ) / ".env"),
                logs="`make logs`",
                stop="`make down`",
            )
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
