"""What a fault means to the person at the command line: one line and an exit code. The last place that sees it."""

import re

import asyncpg
import redis

from authorizer.errors import AuthorizerError
from cardline.errors import CardlineError
from clearing.errors import ClearingError
from clearing.intake.naming import shown_name
from ledger.errors import LedgerError, WentAway
from simulator.errors import SimulatorError
from switch.errors import SwitchError

CANNOT_RUN = 2
_OURS = (AuthorizerError, ClearingError, LedgerError, SwitchError, SimulatorError)
_NEGATIVE = re.compile(r"No such option:? '?(-[0-9.]*[0-9])'?\.?")
_NO_NUMBER = re.compile(r"(Invalid value for '.+'): Input should be a valid (?:integer|number).*")
_POSTGRES = (asyncpg.PostgresError, asyncpg.InterfaceError)
_ENDED = (
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.ConnectionFailureError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
LOST = "Postgres went away; what is booked stays booked, and the same command again goes on from there"


def said(line: str) -> str:
    """One line, without what looks like a card number: what somebody has typed comes back in errors (G8). A clearing file's id,
    which people need to find the file, is none."""
    return shown_name(" ".join(line.split()))


def explain(error: Exception) -> tuple[str, int] | None:
    """None for what can only be a bug."""
    match error:
        case CardlineError():
            return str(error), error.exit_code
        case _ if _is_lost(error):
            return LOST, CANNOT_RUN
        case _ if isinstance(error, _OURS):
            return str(error), CANNOT_RUN
        case _ if isinstance(error, _POSTGRES):
            return f"Postgres: {_first_line(error)}", CANNOT_RUN
        case redis.RedisError():
            return f"Redis: {_first_line(error)}", CANNOT_RUN
        case TimeoutError():
            return f"took too long: {_first_line(error)}", CANNOT_RUN
        case ConnectionError():
            return f"Postgres or Redis cannot be reached: {_first_line(error)}", CANNOT_RUN
        case OSError():
            return _first_line(error), CANNOT_RUN
        case _ if hasattr(error, "format_message"):  # the command line itself: an unknown option, a missing argument
            return _usage(str(error.format_message())), CANNOT_RUN
    return None


def _is_lost(error: Exception) -> bool:
    """The connection ended in the middle. What was going on on it fails in many ways, depending on where it was."""
    is_used_after = isinstance(error, asyncpg.InterfaceError) and "closed" in str(error)
    return is_used_after or isinstance(error, (*_ENDED, WentAway))


def _usage(said: str) -> str:
    """An amount below nought looks like an option; nobody means one. A word where an id belongs came too early."""
    if negative := _NEGATIVE.fullmatch(said):
        return f"{negative[1]}: must be above 0 (the command says which way money goes)"
    no_number = _NO_NUMBER.fullmatch(said)
    return f"{no_number[1]}: not a whole number (--help shows the order of the arguments)" if no_number else said


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
