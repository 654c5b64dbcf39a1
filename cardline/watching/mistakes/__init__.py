"""Every mistake that `doctor` looks for, in the order in which one would repair them."""

from cardline.watching.mistakes.clearing import CLEARING
from cardline.watching.mistakes.configuration import CONFIGURATION
from cardline.watching.mistakes.keys import KEYS
from cardline.watching.mistakes.machine import MACHINE
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict
from cardline.watching.mistakes.postgres import POSTGRES
from cardline.watching.mistakes.redis import REDIS
from cardline.watching.mistakes.schema import SCHEMA

__all__ = ["CHECKS", "Check", "Mistake", "Verdict"]

CHECKS: tuple[Check, ...] = (*CONFIGURATION, *KEYS, *POSTGRES, *SCHEMA, *CLEARING, *REDIS, *MACHINE)
