"""What a proof has found. Values only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which proof, and what it found."""

    proof: str
    subject: str
    detail: str
