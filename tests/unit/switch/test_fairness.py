"""One connection may flood the switch; all others go on."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from switch.fairness import Shares

LINK = "link"


def shares(limit: int, *connections: str) -> Shares:
    found = Shares(limit)
    for connection in connections:
        found.join(connection)
    return found


def filled(found: Shares, connection: str, link: str = LINK, link_limit: int = 10_000) -> int:
    """How many it gets before it is told to stop."""
    count = 0
    while found.begin(connection, link, link_limit):
        count += 1
    return count


def test_a_connection_alone_may_have_everything() -> None:
    assert filled(shares(100, "a"), "a") == 100


def test_a_flooding_connection_leaves_every_other_its_share() -> None:
    found = shares(100, "greedy", "b", "c", "d", "e")
    assert filled(found, "greedy") == 60
    assert [filled(found, other) for other in "bcde"] == [10, 10, 10, 10]
    assert found.total == 100


def test_a_connection_that_joins_a_full_switch_has_its_share_at_once() -> None:
    found = shares(100, "greedy")
    assert filled(found, "greedy") == 100
    found.join("late")
    assert filled(found, "late") == 25


def test_what_ends_may_be_taken_again_by_whoever_comes() -> None:
    found = shares(10, "a", "b")
    assert filled(found, "a") == 8
    found.end("a", LINK)
    assert filled(found, "b") == 3
    assert not found.begin("a", LINK, 10_000)


def test_a_connection_that_leaves_gives_its_share_back_when_its_work_has_ended() -> None:
    found = shares(10, "a", "b")
    assert filled(found, "b") == 8
    found.leave("b")
    for _ in range(8):
        found.end("b", LINK)
    assert "b" not in found
    assert filled(found, "a") == 10


def test_a_message_of_a_connection_that_is_gone_already_counts_until_it_ends() -> None:
    found = shares(4, "a")
    assert found.begin("gone", LINK, 10_000)
    assert (found.total, "gone" in found) == (1, True)
    found.end("gone", LINK)
    assert (found.total, "gone" in found) == (0, False)


def test_a_links_connections_cannot_take_all_together() -> None:
    found = shares(100, "a", "b", "other")
    assert filled(found, "a", "busy", 60) == 60
    assert filled(found, "b", "busy", 60) == 16
    assert filled(found, "other", "quiet", 60) >= 16


@given(st.integers(1, 40), st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["begin", "end", "leave"])), max_size=120))
def test_the_books_of_the_shares_add_up_in_any_order(limit: int, steps: list[tuple[str, str]]) -> None:
    found, in_work = Shares(limit), Counter[str]()
    gone: set[str] = set()
    for connection, step in steps:
        if step == "begin" and connection not in gone:
            if connection not in found:
                found.join(connection)
            in_work[connection] += found.begin(connection, LINK, 10_000)
        elif step == "end" and in_work[connection]:
            found.end(connection, LINK)
            in_work[connection] -= 1
        elif step == "leave" and connection in found and connection not in gone:
            found.leave(connection)
            gone.add(connection)
        assert found.total == in_work.total() <= limit + limit // 2 + 4
    for connection in [*in_work.elements()]:
        found.end(connection, LINK)
    for connection in "abcd":
        if connection in found and connection not in gone:
            assert filled(found, connection) >= 1
            break
