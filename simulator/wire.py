"""The wire code that the simulator shares with the switch, made once: a codec is stateless and dear to make."""

from functools import cache

from switch.iso8583 import Codec


@cache
def codec_of(character_set: str) -> Codec:
    """Raises ConfigurationError for a character set that nobody has built."""
    return Codec(character_set)
