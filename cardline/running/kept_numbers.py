"""Whether networks are told of our cards, on which links, and the cipher under which card numbers are kept for it."""

from typing import TYPE_CHECKING

from cardline.errors import ConfigurationError

if TYPE_CHECKING:
    from authorizer.pan import Pan
    from authorizer.sealed_pan import PanCipher
    from cardline.settings import Settings


def told_links(settings: "Settings") -> tuple[str, ...]:
    """Those whose profile takes file updates. Raises ConfigurationError for a profile or key that is missing."""
    from switch.profile import load_profile

    links = tuple(name for name, link in settings.links.items() if load_profile(link.profile).file_updates.enabled)
    if links and not settings.pan_key:
        raise ConfigurationError(f"pan_key: missing (set CARDLINE_PAN_KEY): link {links[0]} takes file updates")
    return links


def pan_cipher(settings: "Settings") -> "PanCipher":
    from authorizer.sealed_pan import PanCipher

    return PanCipher(settings.pan_key)


def sealed_number(settings: "Settings", pan: "Pan", card_id: int) -> bytes | None:
    """None where no network is told of cards: then no number is kept."""
    return pan_cipher(settings).seal(pan, card_id) if told_links(settings) else None
