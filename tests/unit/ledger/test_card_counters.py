"""PIN tries and the chip's counter: what is counted, what is objected to."""

from hypothesis import given
from hypothesis import strategies as st

from ledger.card_counters import LEFT_BEHIND, UNUSED, CardUse, Counters, Objection, counted
from ledger.commands import Answer

EXCEEDED = Objection(Answer("75", "pin_tries_exceeded"), "pin_tries_left")
REPLAYED = Objection(Answer("88", "atc_replayed"), "counter_fresh")
TOO_FAR = Objection(Answer("88", "atc_too_far"), "counter_fresh")


def pin(is_right: bool | None, *, atc: int | None = None) -> CardUse:
    return CardUse(atc, 1000, is_right, 3, EXCEEDED, REPLAYED, TOO_FAR)


def chip(atc: int) -> CardUse:
    return CardUse(atc, 1000, replayed=REPLAYED, too_far=TOO_FAR)


def test_three_wrong_pins_use_up_the_tries_and_then_the_right_one_is_refused_too() -> None:
    counters = UNUSED
    for tries in (1, 2, 3):
        counters, objection = counted(counters, pin(False))
        assert (counters.pin_tries, objection) == (tries, None)
    assert counted(counters, pin(True)) == (counters, EXCEEDED)
    assert counted(counters, pin(False)) == (counters, EXCEEDED)


def test_a_right_pin_gives_all_tries_back() -> None:
    counters, objection = counted(Counters(pin_tries=2), pin(True))
    assert (counters, objection) == (UNUSED, None)


def test_a_pin_that_was_not_looked_at_is_no_try_and_used_up_tries_refuse_it_all_the_same() -> None:
    assert counted(Counters(pin_tries=2), pin(None)) == (Counters(pin_tries=2), None)
    assert counted(Counters(pin_tries=3), pin(None))[1] is EXCEEDED


def test_a_payment_without_a_pin_does_not_mind_used_up_tries() -> None:
    assert counted(Counters(pin_tries=3), chip(7)) == (Counters(3, 7, 0), None)


def test_a_counter_seen_before_is_a_replay_and_its_pin_is_no_try() -> None:
    counters, _ = counted(UNUSED, chip(28))
    assert counted(counters, chip(28)) == (counters, REPLAYED)
    assert counted(counters, pin(False, atc=28)) == (counters, REPLAYED)
    assert counted(counters, chip(29))[1] is None


def test_a_replay_with_used_up_tries_is_refused_for_the_tries_which_come_first() -> None:
    assert counted(Counters(3, 28, 0), pin(True, atc=28))[1] is EXCEEDED


def test_terminals_may_send_out_of_order_but_each_counter_once() -> None:
    counters = UNUSED
    for atc in (10, 14, 12, 11, 13):
        counters, objection = counted(counters, chip(atc))
        assert objection is None
    assert [counted(counters, chip(atc))[1] for atc in (10, 11, 12, 13, 14)] == [REPLAYED] * 5
    assert counted(counters, chip(9))[1] is None


def test_a_counter_so_far_behind_that_nobody_remembers_it_is_a_replay() -> None:
    counters = Counters(atc=500)
    assert counted(counters, chip(500 - LEFT_BEHIND))[1] is None
    assert counted(counters, chip(499 - LEFT_BEHIND))[1] is REPLAYED


def test_a_counter_too_far_ahead_is_refused_and_does_not_lock_the_card_out() -> None:
    counters = Counters(atc=28)
    assert counted(counters, chip(28 + 1001)) == (counters, TOO_FAR)
    assert counted(counters, chip(28 + 1000))[1] is None


def test_the_first_counter_may_be_any() -> None:
    assert counted(UNUSED, chip(65_535)) == (Counters(atc=65_535), None)
    assert counted(UNUSED, chip(0)) == (Counters(atc=0), None)


def test_a_counter_is_marked_also_where_a_rule_before_has_refused() -> None:
    silent = CardUse(atc=30, window=1000)
    counters, objection = counted(Counters(atc=28), silent)
    assert (counters.atc, objection) == (30, None)
    assert counted(counters, silent) == (counters, None)


@given(st.lists(st.integers(0, 200), max_size=60))
def test_no_counter_is_ever_taken_twice_and_what_is_kept_fits_a_bigint(sent: list[int]) -> None:
    counters, taken = UNUSED, set()
    for atc in sent:
        counters, objection = counted(counters, chip(atc))
        if objection is None:
            assert atc not in taken
            taken.add(atc)
        else:
            assert atc in taken or counters.atc - atc > LEFT_BEHIND
        assert 0 <= counters.atc_seen < 2**63
        assert counters.atc == max(taken)
