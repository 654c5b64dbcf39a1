"""How long to wait before connecting again: doubled after every failure, up to a bound, with a chance part. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """The pause after so many failures in a row."""

    first_seconds: float
    most_seconds: float

    def pause(self, failures: int, chance: float) -> float:
        """Between half and the whole of the bound for this failure; chance in 0..1 keeps switches from calling in step."""
        bound: float = min(self.most_seconds, self.first_seconds * 2.0 ** min(failures - 1, 60)) if failures else 0.0
        return bound * (0.5 + chance / 2)
