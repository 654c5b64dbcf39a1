"""The fold of an authorization's elements."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.holds import OPENING, Event, EventKind, Sums, expiry, fold

AT = datetime(2026, 3, 1, tzinfo=UTC)


def event(kind: EventKind, amount: int = 0, element: int = 1) -> Event:
    return Event(element, kind, amount, AT)


def test_nothing_is_held_without_elements() -> None:
    assert fold([]) == Sums()


def test_an_increment_adds_to_what_is_held() -> None:
    sums = fold([event(EventKind.AUTHORIZED, 100), event(EventKind.INCREMENTED, 50, element=2)])
    assert sums == Sums(authorized=100, incremented=50, held=150)


@pytest.mark.parametrize(
    ("replacements", "held"),
    [([60], 60), ([60, 40], 40), ([40, 60], 40), ([250], 100), ([0], 0), ([60, 0, 60], 0)],
    ids=["lowered", "lowered twice", "a later larger one changes nothing", "more than held", "full", "full wins"],
)
def test_a_reversal_replaces_the_amount_and_can_only_lower_it(replacements: list[int], held: int) -> None:
    reversals = [event(EventKind.PARTIALLY_REVERSED if amount else EventKind.REVERSED, amount) for amount in replacements]
    sums = fold([event(EventKind.AUTHORIZED, 100), *reversals])
    assert (sums.held, sums.reversed) == (held, 100 - held)


def test_reversing_one_element_leaves_the_others() -> None:
    events = [
        event(EventKind.AUTHORIZED, 100),
        event(EventKind.INCREMENTED, 50, element=2),
        event(EventKind.REVERSED, 0, element=2),
    ]
    assert fold(events).held == 100


@pytest.mark.parametrize("kind", [EventKind.VOIDED, EventKind.REPLACED])
def test_an_ended_element_holds_nothing(kind: EventKind) -> None:
    assert fold([event(EventKind.AUTHORIZED, 100), event(kind)]).held == 0


def test_a_capture_beyond_the_authorization_does_not_hold_a_negative_amount() -> None:
    assert fold([event(EventKind.AUTHORIZED, 100), event(EventKind.CAPTURED, 120)]).held == 0


elements = st.lists(
    st.tuples(
        st.sampled_from(EventKind), st.integers(0, 1000), st.integers(1, 3)
    ).map(lambda drawn: event(drawn[0], drawn[1], drawn[2])).filter(lambda e: e.kind not in OPENING - {EventKind.INCREMENTED}),
    max_size=8,
    unique_by=lambda e: (e.kind, e.authorization_id, e.amount),
)  # fmt: skip


@given(elements, st.randoms())
def test_the_order_of_elements_does_not_matter(events: list[Event], random: object) -> None:
    one_increment_each = {(e.kind, e.authorization_id): e for e in events if e.kind is EventKind.INCREMENTED}
    rest = [e for e in events if e.kind is not EventKind.INCREMENTED]
    tidy = [event(EventKind.AUTHORIZED, 500), *one_increment_each.values(), *rest]
    tidy = [e for e in tidy if not (e.kind is EventKind.INCREMENTED and e.authorization_id == 1)]
    shuffled = list(tidy)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(tidy)


@given(elements)
def test_what_is_held_is_never_negative(events: list[Event]) -> None:
    assert fold(events).held >= 0


def test_several_captures_use_up_the_hold_and_the_last_one_ends_it() -> None:
    authorized, part = event(EventKind.AUTHORIZED, 100), event(EventKind.CAPTURED, 30)
    assert fold([authorized, part]) == Sums(authorized=100, captured=30, held=70)
    last = event(EventKind.CAPTURED_LAST, 20)
    assert fold([authorized, part, last]) == Sums(authorized=100, captured=50)
    assert fold([authorized, last, event(EventKind.INCREMENTED, 500, element=2)]).held == 0


def test_a_capture_taken_back_lowers_what_was_captured_and_holds_nothing_again() -> None:
    events = [event(EventKind.AUTHORIZED, 100), event(EventKind.CAPTURED, 100), event(EventKind.CAPTURE_REVERSED, 100)]
    assert fold(events) == Sums(authorized=100)


def test_refunds_are_summed_and_change_nothing_that_is_held() -> None:
    events = [event(EventKind.AUTHORIZED, 100), event(EventKind.REFUNDED, 40), event(EventKind.REFUND_REVERSED, 10)]
    assert fold(events) == Sums(authorized=100, refunded=30, held=100)


def test_expiry_releases_what_is_held_and_leaves_a_later_increment_alone() -> None:
    events = [event(EventKind.AUTHORIZED, 100), event(EventKind.CAPTURED, 30)]
    ended = expiry(events, AT)
    assert [(e.authorization_id, e.amount) for e in ended] == [(1, 70)]
    assert fold([*events, *ended]) == Sums(authorized=100, captured=30, expired=70)
    later = [*events, *ended, event(EventKind.INCREMENTED, 50, element=2), event(EventKind.PARTIALLY_REVERSED, 60)]
    assert fold(later).held == 50
    assert fold([*later, event(EventKind.CAPTURED, 70)]).held == 10


@given(elements)
def test_expiry_always_leaves_nothing_held_and_says_how_much_it_gave_back(events: list[Event]) -> None:
    tidy = [event(EventKind.AUTHORIZED, 500), *[e for e in events if (e.kind, e.authorization_id) != (EventKind.INCREMENTED, 1)]]
    ended = expiry(tidy, AT)
    assert sum(e.amount for e in ended) == fold(tidy).held
    assert fold([*tidy, *ended]).held == 0
    assert expiry([*tidy, *ended], AT) == []


lives = st.lists(
    st.one_of(
        st.builds(event, st.sampled_from([EventKind.CAPTURED, EventKind.CAPTURED_LAST, EventKind.CAPTURE_REVERSED]), st.integers(1, 200)),
        st.builds(event, st.sampled_from([EventKind.REVERSED, EventKind.VOIDED]), st.just(0), st.integers(1, 3)),
        st.builds(event, st.just(EventKind.PARTIALLY_REVERSED), st.integers(1, 200), st.integers(1, 3)),
        st.builds(event, st.just(EventKind.EXPIRED), st.integers(0, 200), st.integers(1, 3)),
    ),
    max_size=10,
)  # fmt: skip


@given(lives, st.integers(0, 150), st.randoms())
def test_captures_reversals_and_expiry_come_to_the_same_in_any_order(drawn: list[Event], more: int, random: object) -> None:
    life = [event(EventKind.AUTHORIZED, 100), event(EventKind.INCREMENTED, more, element=2), *drawn]
    shuffled = list(life)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(life)
    if any(e.kind is EventKind.CAPTURED_LAST for e in life):
        assert fold(life).held == 0


def test_a_dispute_is_on_record_and_changes_no_sum() -> None:
    events = [event(EventKind.AUTHORIZED, 100), event(EventKind.CAPTURED_LAST, 80)]
    disputed = [*events, event(EventKind.DISPUTED, 80), event(EventKind.DISPUTE_WITHDRAWN, 80), event(EventKind.DISPUTED, 30)]
    assert fold(disputed) == fold(events)
