"""What may not come into the books by any door: words for layers, borrowed names, accounts that do not fit."""

from ledger_samples import CUSTOMER, NOW, books, digest, key

from ledger.batch import decide
from ledger.books import Books
from ledger.commands import Book, Command, Layer, Line, Outcome, Rule, Verdict


def run(locked: Books, *commands: Command) -> list[Outcome]:
    return decide(list(commands), locked, NOW)


def booked(
    name: str, amount: int, layer: str = "posted", *, kind: str = "fee", reason: str = "monthly", is_forced: bool = False
) -> Book:
    """`layer` as a plain word, as a caller may well give it."""
    lines = (
        Line(CUSTOMER, "EUR", layer, amount),  # type: ignore[arg-type]
        Line("network_settlement", "EUR", layer, -amount),  # type: ignore[arg-type]
    )
    return Book(key(name), digest(name), kind, reason, "clerk", NOW.date(), NOW, lines, is_forced)


def test_a_layer_given_as_a_plain_word_moves_the_sum_that_it_names() -> None:
    locked = books()
    (outcome,) = run(locked, booked("a", 10))
    customer = locked.accounts[CUSTOMER]
    assert (outcome.verdict, customer.posted, customer.holds) == (Verdict.ACCEPTED, 990, 0)


def test_a_layer_given_as_a_plain_word_is_held_to_the_balance_and_to_the_chain() -> None:
    locked = books()
    beyond, held, unknown = run(locked, booked("a", 1001), booked("b", 5, Layer.PENDING.value), booked("c", 5, "nowhere"))
    assert beyond.reason == Rule.INSUFFICIENT_FUNDS
    assert held.reason == unknown.reason == Rule.HOLDS_NEED_A_CHAIN
