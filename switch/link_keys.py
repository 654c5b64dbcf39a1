"""The HSM as the links' key exchange sees it: PIN keys received, put to use, and handed on to be kept for a restart."""

from collections.abc import Callable, Mapping

import structlog

from authorizer.hsm import Hsm, WorkingKey
from authorizer.hsm.interface import KeyImport
from switch.key_exchange import KeyBlock, KeyName, WrappedKey, key_block_text, parse_wrapped_key

log = structlog.get_logger(__name__)

Keep = Callable[[str, str], None]
"""A link and its key as the network sent it, still enciphered. Returns at once and never raises."""


class LinkKeys:
    """A `KeyImporter`. A link's name is its PIN zone in the HSM, so every link has a key of its own."""

    def __init__(self, hsm: Hsm, keep: Keep) -> None:
        self._hsm, self._keep = hsm, keep
        self._received: dict[str, tuple[KeyName, str]] = {}

    def receive_key(self, link: str, block: KeyBlock | WrappedKey) -> bool:
        text = block.text if isinstance(block, WrappedKey) else key_block_text(block)
        taken = self._imported(link, text)
        if not isinstance(taken, WorkingKey):
            self._received.pop(link, None)
            log.warning("working_key_refused", link=link, why=taken.value)
            return False
        self._received[link] = (block.name, text)
        return True

    def activate_key(self, link: str, name: KeyName) -> bool:
        known, text = self._received.get(link, (None, ""))
        if known != name or self._hsm.activate_working_key(link, name.cycle) is None:
            return False
        del self._received[link]
        self._keep(link, text)
        return True

    def restore(self, kept: Mapping[str, str]) -> None:
        """Put to use what was in use when the process before ended. A key that no longer opens is said and left out."""
        for link, text in kept.items():
            taken = self._imported(link, text)
            if not isinstance(taken, WorkingKey) or self._hsm.activate_working_key(link, taken.cycle) is None:
                log.warning("kept_working_key_refused", link=link)

    def _imported(self, link: str, text: str) -> KeyImport:
        """Of either form: SE 11 begins with letters, DE 110 with 09."""
        wrapped = parse_wrapped_key(text)
        if wrapped is None:
            return self._hsm.import_working_key(link, text)
        return self._hsm.import_working_key_block(link, wrapped.block, wrapped.check_value)
