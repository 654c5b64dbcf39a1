from collections.abc import Callable
from datetime import datetime

import pytest

from simulator.cards import Card, Condition
from simulator.desk import Desk
from simulator.script import Kind, Step
from simulator.stories import STORIES, Story, Suits, suited

CARDS = {
    Suits.FUNDED: {},
    Suits.ACTIVE: {"posted_minor": 10},
    Suits.EXPIRED: {"expiry": "2501"},
    Suits.REFUSED: {"condition": Condition.STOLEN},
    Suits.UNKNOWN: {"condition": Condition.UNKNOWN},
}
CODES = {
    Kind.PURCHASE: {"00"},
    Kind.INSUFFICIENT_FUNDS: {"51"},
    Kind.LAST_CENT: {"00"},
    Kind.PARTIAL_APPROVAL: {"10"},
    Kind.CHANGED_REPEAT: {"94"},
    Kind.OVERTAKEN_PURCHASE: {"05"},
    Kind.WRONG_CVC2: {"05"},
    Kind.WRONG_PIN: {"55", "75"},
    Kind.WRONG_EXPIRY: {"54"},
    Kind.EXPIRED_CARD: {"54"},
    Kind.UNKNOWN_CARD: {"14"},
    Kind.REFUSED_CARD: {"43"},
}


@pytest.mark.parametrize("story", STORIES, ids=[story.tell.__name__ for story in STORIES])
def test_a_story_is_answered_as_its_kinds_say(
    story: Story, make_card: Callable[..., Card], make_desk: Callable[..., Desk], starts_at: datetime
) -> None:
    card = make_card(**CARDS[story.suits])
    desk = make_desk(card)
    assert story.suits in suited(card, desk.available(card), f"{starts_at:%y%m}")
    for _ in range(4):
        story.tell(desk, card)
    steps: list[Step] = [step for steps in desk.scripts()[0].rounds for step in steps]
    assert all(step.expected.code in CODES[step.kind] for step in steps if step.kind in CODES)


def test_stories_that_put_things_back_leave_the_money_where_it_was(desk: Desk, card: Card) -> None:
    for name in ("last_cent", "partial_approval", "full_reversal", "reversal_by_trace", "overtaken_purchase", "unknown_reversal"):
        next(story for story in STORIES if story.tell.__name__ == name).tell(desk, card)
        assert desk.available(card) == 10_000


def test_a_card_out_of_money_is_left_to_stories_that_need_none(card: Card) -> None:
    assert suited(card, -5, "2611") == {Suits.ACTIVE}
    assert Suits.FUNDED in suited(card, 2_000, "2611")
