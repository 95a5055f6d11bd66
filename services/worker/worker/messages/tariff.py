"""Avito puts advertising where messages were, when the tariff does not cover the messenger API. Pure."""

import re

_STUB = re.compile(r"\W*перейдите\s+на\s+подписку\s+с\s+api\s+мессенджера\b", re.IGNORECASE)


def is_tariff_stub(text: str) -> bool:
    """Tell whether a message's text is Avito's stub and not what the person wrote."""
    return _STUB.match(text) is not None
