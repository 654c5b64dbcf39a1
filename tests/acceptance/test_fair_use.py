"""G10 between connections: one that floods the switch is answered 91, and its neighbours go on unhurt."""

import asyncio
from collections import Counter

from acceptance.issuer import Issuer, eventually
from acceptance.network import ask, code, connections, purchase

MAX_INFLIGHT = 8
ISSUER = {"deadline_seconds": 5.0, "limits": {"max_inflight": MAX_INFLIGHT}}


async def test_a_connection_that_floods_the_switch_leaves_the_others_their_share(issuer: Issuer) -> None:
    flooded, other = await issuer.cards(2, balance_minor=100_00)
    switch = issuer.switch
    async with connections(switch, 2) as (greedy, modest):
        assert [await code(link, purchase(other, 1_00)) for link in (greedy, modest)] == ["00", "00"]
        async with issuer.locked(flooded):
            flood = [asyncio.create_task(ask(greedy, purchase(flooded, 1_00))) for _ in range(20)]
            await eventually("the rest is refused", lambda: switch.metric("cardline_overload_total") == 20 - 6)
            assert [await code(modest, purchase(other, 1_00)) for _ in range(5)] == ["00"] * 5
        answers = Counter([(await task).text(39) for task in flood])
    assert answers["91"] >= 14
    assert switch.metric("cardline_overload_total") == 14, "none of the modest connection's was refused"
    assert (await issuer.account(flooded))["holds"] == answers["00"] * 100
