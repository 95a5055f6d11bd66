"""Avito's webhook: subscribe, unsubscribe, test, status, doctor, change of the secret."""

import logging
import os
from collections.abc import Awaitable, Callable

import click
from redis.exceptions import RedisError

from avito_live import interruptible
from avito_live.runner.errors import RunError
from avito_live.webhook_setup.context import NO_REDIS, SETTINGS, CommandContext, open_context
from avito_live.webhook_setup.doctor import doctor as check_everything
from avito_live.webhook_setup.probe import try_url
from avito_live.webhook_setup.rotate import rotate
from avito_live.webhook_setup.subscribe import subscribe as set_up
from avito_live.webhook_setup.subscribe import unsubscribe as take_away
from avito_live.webhook_setup.subscription_state import show_status
from avito_live.webhook_setup.words import Language, language_of, say
from shared.settings import SettingsError

_EXIT_CODES = """Exit codes: 0 done, 1 failed (Avito refused, a check failed), 2 settings or wrong use,
3 Redis out of reach, 4 refused or not confirmed, 130 interrupted."""


@click.group(epilog=_EXIT_CODES)
@click.option(
    "--lang", type=click.Choice(["ru", "en"]), help="Language of the output (default: that of LANG)."
)
def webhook(lang: Language | None) -> None:
    """Avito's webhook: on, off, test, status."""


def _command(name: str, work: Callable[[CommandContext], Awaitable[int]], words: str) -> click.Command:
    """Return a command of the webhook; `setup` and `subscribe` are two names of one."""

    @click.pass_context
    def run(context: click.Context, lang: Language | None, *, yes: bool) -> int:
        of_group = context.parent.params.get("lang") if context.parent else None
        return _run(work, lang or of_group or language_of(os.environ), yes=yes)

    options = [
        click.Option(["-y", "--yes"], is_flag=True, help="Answer every question with yes."),
        click.Option(["--lang"], type=click.Choice(["ru", "en"]), help="Language of the output."),
    ]
    return click.Command(name, callback=run, params=list(options), help=words, epilog=_EXIT_CODES)


def _run(work: Callable[[CommandContext], Awaitable[int]], language: Language, *, yes: bool) -> int:
    # The commands report problems themselves; log lines of the modules they use would only disturb.
    logging.getLogger().addHandler(logging.NullHandler())

    async def in_context() -> int:
        async with open_context(os.environ, language, forced=yes) as context:
            return await work(context)

    try:
        return interruptible.run(in_context())
    except SettingsError as error:
        problems = "".join(f"\n  {problem}" for problem in error.problems)
        raise RunError(f"{say(language, 'settings_wrong')}{problems}", SETTINGS) from None
    except (RedisError, TimeoutError) as error:
        raise RunError(f"✗ {say(language, 'no_redis', error=type(error).__name__)}", NO_REDIS) from None
    except OSError as error:  # a file of another user, a full disk
        raise RunError(f"✗ {error}") from None


subscribe = _command("subscribe", set_up, "Subscribe, so that messages arrive at once.")
unsubscribe = _command("unsubscribe", take_away, "Remove our subscription and go back to polling.")
doctor = _command("doctor", check_everything, "Check everything and say how to fix each problem.")
rotate_secret = _command("rotate-secret", rotate, "Change the secret in the URL without losing an event.")
webhook.add_command(subscribe, "setup")
webhook.add_command(unsubscribe)
webhook.add_command(_command("test", try_url, "Post {} and a probe to the public URL; exit code 0 or 1."))
webhook.add_command(
    _command("status", show_status, "Show the subscription at Avito and the state of the system.")
)
webhook.add_command(doctor)
webhook.add_command(rotate_secret)
