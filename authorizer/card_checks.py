"""What was found out about the card and the cardholder from a message's own evidence. Values only; nothing in it is secret.

`switch/checks.py` makes it, `security_rules` judges it. What a message does not carry stands at its default, and a
message that carries nothing shares one value with all the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TypeVar

from authorizer.avs import AvsResult
from authorizer.hsm.interface import ArqcCheck, ArqcVerdict, PinCheck
from authorizer.three_d_secure import ThreeDSecure
from authorizer.wallet_token import AccountNumberKind, PanMappingFault


class Check(StrEnum):
    """The outcome of comparing a code that came with the one that the card must have."""

    NOT_PRESENT = "not_present"
    NOT_PROCESSED = "not_processed"  # present, but not checkable (CVC2 without DE 14, no key)
    MATCH = "match"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardChecks:
    """One field per kind of evidence. `cvc1`, `chip_cvc` and `cvc3`: at most one of them, as the entry mode says."""

    cvc2: Check = Check.NOT_PRESENT
    cvc1: Check = Check.NOT_PRESENT
    chip_cvc: Check = Check.NOT_PRESENT
    cvc3: Check = Check.NOT_PRESENT
    cryptogram: ArqcCheck | None = None
    """None: no cryptogram came, or one that was not made with the card's own keys (a wallet's, checked by the network)."""
    atc: int | None = None
    """The transaction counter, only where a genuine code or cryptogram vouches for it."""
    pin: PinCheck | None = None
    avs: AvsResult | None = None
    three_d_secure: ThreeDSecure | None = None
    wallet: AccountNumberKind | PanMappingFault | None = None

    @property
    def is_pin_right(self) -> bool | None:
        """None where no PIN was compared: only a compared one counts as a try."""
        if self.pin in (PinCheck.MATCH, PinCheck.NO_MATCH):
            return self.pin is PinCheck.MATCH
        return None

    @property
    def is_cryptogram_genuine(self) -> bool:
        return self.cryptogram is not None and self.cryptogram.verdict is ArqcVerdict.MATCH

    def words(self) -> dict[str, str]:
        """What was checked and how it ended, for the record of the decision (G11)."""
        codes = {"cvc2": self.cvc2, "cvc1": self.cvc1, "chip_cvc": self.chip_cvc, "cvc3": self.cvc3}
        said = {name: check.value for name, check in codes.items() if check is not Check.NOT_PRESENT}
        if self.cryptogram is not None:
            said["cryptogram"] = self.cryptogram.verdict.value
            if self.cryptogram.fault is not None:
                said["cryptogram_fault"] = f"{self.cryptogram.fault.tag} {self.cryptogram.fault.fault.value}"
        if self.atc is not None:
            said["atc"] = str(self.atc)
        if self.pin is not None:
            said["pin"] = self.pin.value
        if self.avs is not None:
            said["avs"] = self.avs.value
        return said | self._about_the_cardholder()

    @staticmethod
    def read(words: Mapping[str, str]) -> "CardChecks":
        """What the rules ask of the words that were recorded: how each check ended, not what it was made from.

        A word of another release, which this one does not know, says nothing.
        """
        cvc2, cvc1, chip_cvc, cvc3 = (
            _word(Check, words.get(name)) or Check.NOT_PRESENT for name in ("cvc2", "cvc1", "chip_cvc", "cvc3")
        )
        verdict = _word(ArqcVerdict, words.get("cryptogram"))
        return CardChecks(
            cvc2=cvc2,
            cvc1=cvc1,
            chip_cvc=chip_cvc,
            cvc3=cvc3,
            cryptogram=ArqcCheck(verdict) if verdict is not None else None,
            pin=_word(PinCheck, words.get("pin")),
            three_d_secure=ThreeDSecure.read(words["three_d_secure"]) if "three_d_secure" in words else None,
            wallet=next((kind for kind in AccountNumberKind if kind.name.lower() == words.get("wallet")), None),
        )

    def _about_the_cardholder(self) -> dict[str, str]:
        said: dict[str, str] = {}
        if self.three_d_secure is not None:
            said["three_d_secure"] = self.three_d_secure.word()
        if self.wallet is not None:
            said["wallet"] = self.wallet.name.lower()
        return said


_Words = TypeVar("_Words", bound=Enum)


def _word(words: type[_Words], said: str | None) -> _Words | None:
    return next((word for word in words if word.value == said), None)


NOTHING_CHECKED = CardChecks()
