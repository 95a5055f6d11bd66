"""The URLs that get webhooks."""

from dataclasses import asdict, dataclass


class AlreadySubscribedError(Exception):
    """The URL is registered already."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A registered URL and the API version of the method that registered it."""

    url: str
    version: str = "3"


class Subscriptions:
    """The registered URLs, with their consecutive failures."""

    def __init__(self) -> None:
        self._by_url: dict[str, Subscription] = {}
        self._failures: dict[str, int] = {}
        self.disabled: list[str] = []

    def urls(self) -> list[str]:
        """Return the URLs that get events."""
        return list(self._by_url)

    def add(self, url: str, *, beside_others: bool = False, refuse_again: bool = False) -> None:
        """Register a URL, which replaces the others unless `beside_others`."""
        if refuse_again and url in self._by_url:
            raise AlreadySubscribedError(url)
        if not beside_others:
            self._by_url.clear()
        self._by_url[url] = Subscription(url)
        self._failures[url] = 0

    def remove(self, url: str) -> None:
        """End a subscription; an unknown URL is not an error."""
        self._by_url.pop(url, None)

    def replace_all(self, urls: list[str]) -> None:
        """Make these the only subscriptions, as another product or Avito might do."""
        self._by_url = {url: Subscription(url) for url in urls}
        self._failures = {}

    def succeeded(self, url: str) -> None:
        """Note that a delivery was answered 200."""
        self._failures[url] = 0

    def failed(self, url: str, disable_after: int) -> None:
        """Note a failed delivery; end the subscription after `disable_after` in a row (0 = never)."""
        self._failures[url] = self._failures.get(url, 0) + 1
        if disable_after and self._failures[url] >= disable_after and url in self._by_url:
            self.remove(url)
            self.disabled.append(url)

    def as_json(self) -> list[dict[str, str]]:
        """Return the list as Avito does."""
        return [asdict(subscription) for subscription in self._by_url.values()]
