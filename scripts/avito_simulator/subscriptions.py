"""The URLs that get webhooks."""


class Subscriptions:
    """The registered URLs, with their consecutive failures. `urls` is replaced, never changed."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self._failures: dict[str, int] = {}
        self.disabled: list[str] = []

    def add(self, url: str, *, beside_others: bool = False) -> None:
        """Register a URL, which replaces the others unless `beside_others`."""
        kept = [one for one in self.urls if beside_others and one != url]
        self.urls = [*kept, url]
        self._failures[url] = 0

    def remove(self, url: str) -> None:
        """End a subscription; an unknown URL is not an error."""
        self.urls = [one for one in self.urls if one != url]

    def replace_all(self, urls: list[str]) -> None:
        """Make these the only subscriptions, as another product or Avito might do."""
        self.urls = list(dict.fromkeys(urls))
        self._failures = {}

    def succeeded(self, url: str) -> None:
        """Note that a delivery was answered 200."""
        self._failures[url] = 0

    def failed(self, url: str, disable_after: int) -> None:
        """Note a failed delivery; end the subscription after `disable_after` in a row (0 = never)."""
        self._failures[url] = self._failures.get(url, 0) + 1
        if disable_after and self._failures[url] >= disable_after and url in self.urls:
            self.remove(url)
            self.disabled.append(url)

    def as_json(self) -> list[dict[str, str]]:
        """Return the list as Avito does, each with the API version of the method that registered it."""
        return [{"url": url, "version": "3"} for url in self.urls]
