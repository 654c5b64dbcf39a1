"""What a scenario file may say, and nothing else: unknown keys are refused. docs/scenarios.md teaches it by example.

Amounts are text in major units ("12.50") of the currency that the step or the card names.
"""

import enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from simulator.network.events import EventKind

Amount = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?$")]
Code = Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")]
Span = Annotated[str, Field(pattern=r"^[+-][0-9]+[smhd]$")]
"""A length of time: a sign, a number, and s, m, h or d."""
Element = Annotated[str, Field(pattern=r"^(1[01][0-9]|12[0-8]|[1-9][0-9]?)$")]
Subelement = Annotated[str, Field(pattern=r"^[0-9]{2}$")]
MessageType = Literal["0100", "0120", "0180", "0190", "0200", "0220", "0400", "0420", "0800"]
Proof = Literal["right", "wrong"]


class Intent(enum.StrEnum):
    """What a financial message is for; `as` in the file."""

    PURCHASE = "purchase"
    CASH = "cash"
    CASH_ADVANCE = "cash advance"
    CASHBACK = "cashback"
    REFUND = "refund"
    PAYMENT = "payment"
    BALANCE_INQUIRY = "balance inquiry"
    STATUS_INQUIRY = "status inquiry"
    PREAUTHORIZATION = "pre-authorization"
    INCREMENT = "increment"
    COMPLETION = "completion"
    STAND_IN = "stand-in"
    PIN_CHANGE = "PIN change"


class PostingKind(enum.StrEnum):
    """What the books call a journal that moved a card's account."""

    HOLD = "hold"
    RELEASE = "release"
    DEBIT = "debit"
    FORCED_DEBIT = "forced_debit"
    DEBIT_REVERSAL = "debit_reversal"
    CREDIT = "credit"
    CREDIT_REVERSAL = "credit_reversal"
    FORCED_CREDIT_REVERSAL = "forced_credit_reversal"


class CardState(enum.StrEnum):
    """How the card or its account stands when the scenario begins."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    LOST = "lost"
    STOLEN = "stolen"
    INACTIVE = "inactive"
    CLOSED = "closed"
    FROZEN = "frozen"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class IssuerAct(enum.StrEnum):
    """What the issuer's own people do in between, by the issuer's own tools."""

    BLOCK = "block"
    UNBLOCK = "unblock"
    LOST = "report lost"
    STOLEN = "report stolen"
    ACTIVATE = "activate"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    NEW_PIN = "new PIN"


class LinkAct(enum.StrEnum):
    """What happens to a connection."""

    SIGN_ON = "sign-on"
    SIGN_OFF = "sign-off"
    ECHO = "echo"
    DROP = "drop"


class NetworkAct(enum.StrEnum):
    """What a network with a memory does, or what is done to its connections, in a scenario with a [network]."""

    HOLD_BACK = "hold back answers"
    LET_THROUGH = "let all through"
    TIME_OUT = "time-out"
    CUT = "cut connections"
    SIGN_OFF = "sign-off"
    SIGN_ON = "sign-on"


class Part(BaseModel):
    """Base of everything in a file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CardNeed(Part):
    """A card that the scenario plays with; the account is funded with `balance` before it begins."""

    balance: Amount = "100.00"
    currency: str = "EUR"
    credit_limit: Amount = "0"
    state: CardState = CardState.ACTIVE


class NetworkNeed(Part):
    """With this table the scenario is played by a network with timers, stand-in and stored advices, behind a fault proxy."""

    stand_in_limit: Amount = "500.00"
    """The most that it grants in the issuer's stead, per transaction."""
    stands_in: bool = True
    acknowledges: bool = False
    """Each reply in time is confirmed with a 0180."""


class ChipData(Part):
    """DE 55 with a real cryptogram. `counter` is the chip's transaction counter."""

    counter: Annotated[int, Field(ge=0, le=65_535)]
    genuine: bool = True
    psn: Annotated[str, Field(pattern=r"^[0-9]{2}$")] = "00"
    without: list[str] = []
    """Tags left out."""


class Expected(Part):
    """What must be seen after a step. What is not said is still judged by the auditor."""

    answer: bool = True
    """False: no reply may come."""
    code: Code | None = None
    """DE 39."""
    codes: list[Code] | None = None
    """Of several messages delivered by one step, in their order."""
    approval: bool | None = None
    """Whether DE 38 is there."""
    amount: Amount | None = None
    """DE 4."""
    billing: Amount | None = None
    """DE 6."""
    original: Amount | None = None
    """DE 54 type 57: what was asked for."""
    balance: Amount | None = None
    """DE 54 type 02."""
    chip: Literal["approved", "declined", "absent"] | None = None
    """What a genuine ARPC of the issuer tells the chip."""
    private: dict[Subelement, str] = {}
    """Subelements of DE 48."""
    elements: dict[Element, str] = {}
    absent: list[int] = []
    same_as: str | None = None
    """A step whose reply must come again: DE 4, 6, 38, 39, 54."""
    by: Literal["issuer", "network"] | None = None
    """Who answered the acquirer, where a network plays."""
    events: list[EventKind] = []
    """What the network has to report after this step, in any order, where a network plays."""
    available: Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")] | None = None
    posted: Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$")] | None = None
    holds: Amount | None = None
    postings: dict[PostingKind, list[Amount]] | None = None
    """What this step posted on the account: kind of journal to amounts. An empty table: nothing."""
    expires_in: Annotated[str, Field(pattern=r"^[0-9]{1,5}[mhd]$")] | None = None
    """How long the latest hold stands from when it was opened; of an increment: the hold that it adds to."""


class Step(Part):
    """What every step may have. `over` names a connection; it is opened when it is first used."""

    name: str = ""
    card: str = ""
    over: str = "first"
    expect: Expected = Expected()


class Send(Step):
    """A message. `of` names an earlier step: what is reversed, incremented, completed, stood in for or acknowledged."""

    send: MessageType
    purpose: Annotated[Intent, Field(alias="as")] = Intent.PURCHASE
    of: str | None = None
    amount: Amount | None = None
    currency: str | None = None
    billing: Amount | None = None
    converts: bool = True
    """False: the network leaves the conversion to the issuer (no DE 6, 10, 51)."""
    left: Amount | None = None
    """Of a reversal: what remains (DE 95)."""
    cause: str | None = None
    """Of an advice or a reversal, in words (DE 60)."""
    result: Code | None = None
    """Of an advice, a reversal or an acknowledgement: DE 39."""
    merchant: str | None = None
    cashback: Amount | None = None
    """The cash in `amount` (DE 54 type 40)."""
    conditions: Annotated[str, Field(pattern=r"^[0-9]{5}$")] | None = None
    """DE 48.61: partial approval, purchase only, substantiation, scoring, final."""
    pin: Proof | None = None
    cvc2: Proof | None = None
    expiry: Proof | None = None
    chip: ChipData | None = None
    private: dict[Subelement, str] = {}
    elements: dict[Element, str] = {}
    without: list[int] = []
    skew: Span | None = None
    """The sender's clock is off by this (DE 7 of this message)."""
    unsent: bool = False
    """Written only; a later step delivers it."""
    cut: bool = False
    """The connection breaks as soon as the message is out: no reply can come."""


class Repeat(Step):
    """An earlier message once more. `marked`: with the last digit of its type 1; `changed`: with other elements."""

    repeat: str
    marked: bool = False
    changed: dict[Element, str] = {}


class Deliver(Step):
    """Written messages go out, one after the other as given or shuffled by the seed, or all at once over several connections."""

    deliver: Annotated[list[str], Field(min_length=1)]
    order: Literal["given", "shuffled"] = "given"
    at_once: bool = False


class OnLink(Step):
    """Something happens to a connection."""

    link: LinkAct


class ByIssuer(Step):
    """The issuer's people do something to the card. Skipped, with the whole scenario, where the host is not ours."""

    issuer: IssuerAct


class Clock(Step):
    """Time passes for the network: DE 7, 12, 13 and 15 of what follows. Nobody waits."""

    clock: Span


class ByNetwork(Step):
    """The network or its connections do something by themselves."""

    network: NetworkAct


STEP_KINDS: dict[str, type[Step]] = {
    "send": Send,
    "repeat": Repeat,
    "deliver": Deliver,
    "link": OnLink,
    "issuer": ByIssuer,
    "clock": Clock,
    "network": ByNetwork,
}


def _kind_of(value: Any) -> str | None:
    keys = value if isinstance(value, dict) else {}
    return next((kind for kind in STEP_KINDS if kind in keys), None)


AnyStep = Annotated[
    Annotated[Send, Tag("send")]
    | Annotated[Repeat, Tag("repeat")]
    | Annotated[Deliver, Tag("deliver")]
    | Annotated[OnLink, Tag("link")]
    | Annotated[ByIssuer, Tag("issuer")]
    | Annotated[Clock, Tag("clock")]
    | Annotated[ByNetwork, Tag("network")],
    Discriminator(_kind_of),
]


class Scenario(Part):
    """One file. The first card is the one a step means that names none."""

    title: str
    shows: str
    merchant: str = "grocer"
    acquirer: Annotated[str, Field(pattern=r"^[0-9]{1,11}$")] = "200001"
    forwarder: Annotated[str, Field(pattern=r"^[0-9]{1,11}$")] = "200900"
    network: NetworkNeed | None = None
    cards: Annotated[dict[str, CardNeed], Field(min_length=1)] = {"card": CardNeed()}
    steps: Annotated[list[AnyStep], Field(min_length=1)]

    @property
    def needs_issuer(self) -> bool:
        """Whether it can only be played against an issuer whose tools are at hand."""
        ordinary = {CardState.ACTIVE, CardState.UNKNOWN}
        is_prepared = any(need.state not in ordinary for need in self.cards.values())
        return is_prepared or any(isinstance(step, ByIssuer) for step in self.steps)

    def card_of(self, step: Step) -> str:
        return step.card or next(iter(self.cards))
