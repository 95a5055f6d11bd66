"""Says in a command's last line what became of its work when it was refused, failed or was interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from redis.exceptions import RedisError

from avito_live import file_errors
from avito_live.runner.errors import NotRunningError, RunError
from shared.process.redis_trouble import in_words
from shared.redis.errors import NewerLayoutError


@dataclass
class Work:
    """The work of a command; `begun` once it has changed something."""

    begun: bool = False


@contextmanager
def told(untouched: str, half_done: str = "") -> Iterator[Work]:
    """Put the reason of a failure into one of two sentences: nothing was changed yet, or the work had begun.

    Raises RunError with the exit code of the reason.
    """
    work, code = Work(), 1
    try:
        yield work
    except click.Abort:
        reason, code = "it was interrupted", 130
    except RunError as error:
        reason, code = str(error), error.code
    except (NotRunningError, NewerLayoutError) as error:
        reason = str(error)
    except RedisError as error:
        reason = in_words(error)
    except OSError as error:
        reason = file_errors.words_of(error) or type(error).__name__
    else:
        return
    sentence = half_done if work.begun and half_done else untouched
    raise RunError(sentence.format(reason.rstrip(".") if "{}." in sentence else reason), code)
