"""Presentments always post: whatever cannot be read beside what is billed, the record books what the flawless one books."""

from dataclasses import replace
from datetime import date
from importlib.resources import files

from clearing_samples import AT, FACTS, FILE, TOLERANCES, known, payment
from hypothesis import given, settings
from hypothesis import strategies as st
from ipm_samples import presentment

from authorizer.pan import Pan
from authorizer.tokens import Tokenizer
from clearing.bookings import Journal, conversion, main_command
from clearing.days import days_of_file
from clearing.ipm.messages import IpmMessage
from clearing.matches import Known, KnownCard, Match, Payment
from clearing.matching import Matcher
from clearing.records import ClearingRecord
from clearing.translate import translate
from ledger.commands import Book, Booking, Capture, Refund, ReverseCapture

TOKENIZER = Tokenizer(bytes(32))
DAYS = days_of_file("0022611250000020090000001", date(2026, 11, 25))
PAN = "5413330000000019"
SOUND: dict[int, str | None] = {4: "000000000900", 49: "840", 5: "000000000830", 50: "978", 6: "000000000830", 51: "978"}
SOUND_PDS = {"0146": "002901978000000000025978000000000025", "0158": "DMC1010401  26112601    NNNNNNN"}
FLAWS: dict[str, tuple[dict[int, str | None], dict[str, str]]] = {
    "fee length": ({}, {"0146": "0029"}),
    "fee side": ({}, {"0146": "009901978000000000025978000000000025"}),
    "fee currency": ({}, {"0146": "002901978000000000025999000000000025"}),
    "business date": ({}, {"0158": "DMC1010401  26139901    NNNNNNN"}),
    "business year": ({}, {"0158": "DMC1010401  36112601    NNNNNNN"}),
    "settlement cut off": ({}, {"0159": "00000900900" + "900001".ljust(28) + "3EUR000"}),
    "local time": ({12: "261399101112"}, {}),
    "settled in nothing": ({50: None}, {}),
    "till amount": ({4: None}, {}),
    "till currency": ({49: None}, {}),
    "decimals of nothing": ({}, {"0148": "978X"}),
    "decimals cut off": ({}, {"0148": "97829"}),
    "settled and counted otherwise": ({50: "392", 5: "000000000083"}, {"0148": "97823922"}),
}
KINDS: dict[str, tuple[str, dict[int, str | None], dict[str, str]]] = {
    "presentment": ("1240", {}, {}),
    "with more to come": ("1240", {25: "1403"}, {}),
    "credit": ("1240", {3: "200000"}, {}),
    "reversal": ("1240", {}, {"0025": "R261126"}),
    "chargeback": ("1442", {24: "450", 25: "4853"}, {}),
    "second presentment": ("1240", {24: "205", 25: "2700"}, {}),
    "fee": ("1740", {24: "700", 3: "190000"}, {}),
}
CARD = KnownCard(5, 50, "EUR", is_open=True)


def record(kind: str, flaws: set[str]) -> ClearingRecord:
    mti, changes, pds = KINDS[kind]
    made = presentment()
    elements, private = {**made.elements, **SOUND, **changes}, {**made.pds, **SOUND_PDS, **pds}
    for name in sorted(flaws):
        elements |= FLAWS[name][0]
        private |= FLAWS[name][1]
    whole = IpmMessage(mti, {number: value for number, value in elements.items() if value is not None}, private)
    found = translate(whole, TOKENIZER, DAYS)
    assert isinstance(found, ClearingRecord)
    return found


def facts(payments: list[Payment]) -> Known:
    found = known(*payments)
    return replace(found, cards={TOKENIZER.token(Pan(PAN)): CARD})


def booked(one: ClearingRecord, payments: list[Payment]) -> tuple[Match, object]:
    """What it is matched to, and its main journal without the days that it names."""
    (match,) = Matcher(facts(payments), FILE, tolerances=TOLERANCES).match_all([one])
    original = Journal(7, AT.date(), "capture") if one.is_reversal else None
    return match, _but_for_its_days(main_command(one, match, FACTS, original))


def _but_for_its_days(command: Booking | None) -> object:
    """When it was booked is what a date that cannot be read may change."""
    if isinstance(command, Book):
        return command.key, command.kind, command.reason, command.lines, command.is_forced, command.disputes
    assert isinstance(command, Capture | Refund | ReverseCapture)
    return replace(command, at=AT, value_date=AT.date())


@settings(max_examples=150)
@given(
    kind=st.sampled_from(sorted(KINDS)),
    flaws=st.sets(st.sampled_from(sorted(FLAWS)), min_size=1),
    payments=st.sampled_from([[], [payment(900)], [payment(500)]]),
)
def test_whatever_flaws_lie_beside_it_the_record_books_what_it_books_without_them(
    kind: str, flaws: set[str], payments: list[Payment]
) -> None:
    sound, flawed = record(kind, set()), record(kind, flaws)
    assert not sound.flaws
    assert flawed.flaws
    (match, command), (match_of_flawed, command_of_flawed) = booked(sound, payments), booked(flawed, payments)
    assert command_of_flawed == command
    assert replace(match_of_flawed, concern=None, concern_amount=None, reason="") == replace(
        match, concern=None, concern_amount=None, reason=""
    )
    if flawed.settled is None:
        assert conversion(flawed, match, FACTS) is None


@given(kind=st.sampled_from(sorted(KINDS)), flaws=st.sets(st.sampled_from(sorted(FLAWS)), min_size=1))
def test_the_same_message_has_the_same_flaws_however_often_it_is_read(kind: str, flaws: set[str]) -> None:
    first, again = record(kind, flaws), record(kind, flaws)
    assert first == again
    places = [(flaw.element, flaw.tag, flaw.reason) for flaw in first.flaws]
    assert len(places) == len(set(places))


def test_no_statement_takes_a_record_for_not_booked_because_something_of_it_cannot_be_read() -> None:
    """`fault` says what cannot be read; what is not understood has no kind."""
    texts = {path.name: path.read_text() for path in files("clearing").joinpath("sql").iterdir()}
    assert [name for name, text in texts.items() if "r.fault is null" in text or "r.fault is not null" in text] == []
