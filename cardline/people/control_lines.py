"""What a control refuses, in words for people: what it compares a payment with, and when. Pure."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authorizer.controls import Control


def compared(control: "Control") -> str:
    """`atm, 23:00 to 05:00 Europe/Vienna`, with the days where they are not all."""
    said = control.document()
    parts = sorted(control.values)
    if control.hours is not None:
        days = f" {' '.join(said['days'])}" if len(said["days"]) < 7 else ""
        parts.append(f"{said['from']} to {said['to']} {said['zone']}{days}")
    return ", ".join(parts)
