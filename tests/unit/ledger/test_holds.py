"""The fold of an authorization's elements."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.holds import Event, EventKind, Sums, fold

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
    ).map(lambda drawn: event(drawn[0], drawn[1], drawn[2])).filter(lambda e: e.kind not in (EventKind.AUTHORIZED, EventKind.ADVISED)),
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
