"""Avito's webhook: subscribe, unsubscribe, test, status, doctor, change of the secret."""

import logging
import os
from collections.abc import Awaitable, Callable

import click
from redis.exceptions import RedisError

from avito_live import interruptible
from avito_live.doctor import doctor as checks
from avito_live.doctor.unawaited import use_unawaited_threads
from avito_live.runner import configuration
from avito_live.runner.errors import RunError
from avito_live.runner.parts import is_demo
from avito_live.runner.redis_command import remedy
from avito_live.webhook_setup import probe, rotate
from avito_live.webhook_setup import subscribe as subscription
from avito_live.webhook_setup.context import FAILED, NO_REDIS, SETTINGS, CommandContext, open_context
from avito_live.webhook_setup.words import Language, language_of, say
from shared.process.foreseen import is_refused_write
from shared.process.redis_trouble import in_words, said
from shared.settings import SettingsError
from worker.avito.errors import AvitoError

_EXIT_CODES = """Exit codes: 0 done, 1 failed (Avito refused, a check failed), 2 settings or wrong use,
3 Redis out of reach, 4 refused or not confirmed, 130 interrupted."""
_LANGUAGE = click.Option(
    ["--lang"], type=click.Choice(["ru", "en"]), help="Language of the output (default: that of LANG)."
)
_YES = click.Option(["-y", "--yes"], is_flag=True, help="Answer every question with yes.")

webhook = click.Group(
    "webhook",
    params=[_LANGUAGE],
    help="Avito's webhook: subscribe, unsubscribe, test, status.",
    epilog=_EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _command(
    name: str, work: Callable[[CommandContext], Awaitable[int | None]], words: str, *, examines: bool = False
) -> click.Command:
    """Make a command. `examines`: it changes nothing, and so suits what is not in order, or the demo."""

    @click.pass_context
    def run(context: click.Context, lang: Language | None, *, yes: bool) -> int | None:
        of_group = context.parent.params.get("lang") if context.parent else None
        language: Language = lang or of_group or language_of(os.environ)
        # The commands report problems themselves; log lines of the modules they use would only disturb.
        logging.getLogger().addHandler(logging.NullHandler())
        configuration.take_authorities(os.environ)

        async def in_context() -> int | None:
            if examines:
                use_unawaited_threads()
            async with open_context(os.environ, language, forced=yes, examines=examines) as opened:
                return await work(opened)

        try:
            return interruptible.run(in_context())
        except SettingsError as error:
            text, code = "\n  ".join([say(language, "settings_wrong"), *error.problems]), SETTINGS
            if _is_demo():
                text = f"{say(language, 'is_demo')}\n{text}"
        except AvitoError as error:
            text, code = f"✗ {say(language, 'avito_error', error=error)}", FAILED
        except (RedisError, TimeoutError) as error:
            refused = is_refused_write(error)
            shown = said(error) if refused else in_words(error, remedy())
            text = f"✗ {say(language, 'redis_refuses' if refused else 'no_redis', error=shown)}"
            code = NO_REDIS
        raise RunError(text, code)

    command = click.Command(name, callback=run, params=[_YES, _LANGUAGE], help=words, epilog=_EXIT_CODES)
    webhook.add_command(command)
    return command


def _is_demo() -> bool:
    try:
        return is_demo(configuration.load(os.environ))
    except SettingsError:  # those of `.env` were told
        return False


subscribe = _command("subscribe", subscription.subscribe, "Subscribe, so that messages arrive at once.")
unsubscribe = _command(
    "unsubscribe", subscription.unsubscribe, "Remove our subscription and go back to polling."
)
doctor = _command("doctor", checks.doctor, "Check everything and say how to fix each problem.", examines=True)
rotate_secret = _command(
    "rotate-secret", rotate.rotate, "Change the secret in the URL without losing an event."
)
_command("test", probe.try_url, "Post {} and a probe to the public URL; exit code 0 or 1.")
_command("status", checks.show_status, "Show the subscription at Avito and the system's state.")
webhook.add_command(subscribe, "setup")
