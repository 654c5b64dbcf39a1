"""PIN keys of the links: received, in use, and the one before. They change at least daily, while messages are on their way.

The previous key stays readable, because a PIN enciphered a moment before the change arrives after it. A zone without a
key of its own has the one of the key ring.
"""

from dataclasses import dataclass, field

from authorizer.crypto.aes import Aes
from authorizer.crypto.des import Tdes
from authorizer.crypto.pin_block import PinBlockFault, PinBlockFormat, decipher_format_4, read_pin_block
from authorizer.hsm.interface import PinBlock, WorkingKey
from authorizer.pan import Pan

Context = Tdes | Aes
_Held = tuple[WorkingKey, Context]


@dataclass(slots=True)
class _Zone:
    received: _Held | None = None
    active: _Held | None = None
    previous: _Held | None = None


@dataclass(slots=True)
class WorkingKeys:
    """`fixed`: the contexts of the key ring's PIN keys, for zones that have received none."""

    fixed: tuple[Context, ...]
    _zones: dict[str, _Zone] = field(default_factory=dict)

    def receive(self, key: WorkingKey, context: Context) -> WorkingKey:
        """A later one takes its place."""
        self._zones.setdefault(key.zone, _Zone()).received = (key, context)
        return key

    def activate(self, zone_name: str, cycle: str | None) -> WorkingKey | None:
        zone = self._zones.get(zone_name)
        if zone is None or zone.received is None or cycle not in (None, zone.received[0].cycle):
            return None
        taken, zone.received = zone.received, None
        zone.active, zone.previous = taken, zone.active
        return taken[0]

    def restore(self, zone_name: str) -> WorkingKey | None:
        zone = self._zones.get(zone_name)
        if zone is None or zone.previous is None:
            return None
        zone.active, zone.previous = zone.previous, zone.active
        return zone.active[0]

    def pin_in(self, block: PinBlock, pan: Pan) -> str | PinBlockFault | None:
        """The clear PIN, or why the present key finds none; None: there is no key for this format."""
        found: str | PinBlockFault | None = None
        for context in self._contexts(block.zone, block.form):
            read = _read(context, block, pan)
            if isinstance(read, str):
                return read
            found = found or read
        return found

    def tdes(self, zone_name: str) -> Tdes | None:
        """What a PIN block is enciphered with towards this zone."""
        return next((c for c in self._contexts(zone_name, PinBlockFormat.ISO_0) if isinstance(c, Tdes)), None)

    def _contexts(self, zone_name: str, form: PinBlockFormat) -> list[Context]:
        """The present key first."""
        zone = self._zones.get(zone_name) or _Zone()
        wanted = Aes if form is PinBlockFormat.ISO_4 else Tdes
        held = [one[1] for one in (zone.active, zone.previous) if one and isinstance(one[1], wanted)]
        return held if len(held) > 1 else held + [context for context in self.fixed if isinstance(context, wanted)]


def _read(context: Context, block: PinBlock, pan: Pan) -> str | PinBlockFault:
    if isinstance(context, Aes):
        return decipher_format_4(context, block.block, pan)
    if len(block.block) != 8:
        return PinBlockFault.BLOCK_LENGTH
    return read_pin_block(block.form, context.decrypt(block.block), pan)
