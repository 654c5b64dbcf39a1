"""The scenarios are worth something: an issuer that is broken on purpose does not pass them, and one that is not does."""

import asyncio
from collections.abc import Iterator

import pytest
from acceptance.in_process import served
from acceptance.issuer import Issuer
from acceptance.mutants import MUTANTS, NETWORK_WAITS_SECONDS, Mutant

from cardline import settings
from cardline.network.scenario_cards import PeoplesTools, seeded_cast
from simulator.client import Target
from simulator.stage.casting import Cast
from simulator.stage.connections import Limits
from simulator.stage.files import scenario
from simulator.stage.player import Run, play_all
from simulator.stage.results import RunResult

ISSUER = {"switches": 0}
NAMES = tuple(dict.fromkeys(mutant.caught_by for mutant in MUTANTS))
PERFORMANCES = {name: scenario(name) for name in NAMES} | {mutant.does: scenario(mutant.caught_by) for mutant in MUTANTS}


@pytest.fixture(scope="module")
def target(issuer: Issuer) -> Iterator[Target]:
    with served(issuer) as found:
        yield found


@pytest.fixture(scope="module")
def cast(issuer: Issuer, target: Target) -> Cast:
    """Cards for every performance, made at once."""
    return asyncio.run(seeded_cast(settings.load(issuer.config, allow_test_keys=True), PERFORMANCES))


async def played(issuer: Issuer, target: Target, cast: Cast, *names: str, limits: Limits | None = None) -> RunResult:
    """On cards of their own."""
    scenarios = {name: PERFORMANCES[name] for name in names}
    tools = PeoplesTools(settings.load(issuer.config, allow_test_keys=True))
    return await play_all(Run(target, scenarios, cast, 7, issuer.postgres_dsn, tools, limits=limits or Limits()))


async def test_an_issuer_that_is_not_broken_passes_them_all(issuer: Issuer, target: Target, cast: Cast) -> None:
    result = await played(issuer, target, cast, *NAMES)
    assert result.ok, [step for found in result.scenarios for step in found.steps if step.broken]


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.does for mutant in MUTANTS])
async def test_an_issuer_is_caught_that(
    mutant: Mutant, issuer: Issuer, target: Target, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant.breaks(monkeypatch)
    async with asyncio.timeout(60):
        result = await played(
            issuer, target, cast, mutant.does, limits=Limits(reply_seconds=NETWORK_WAITS_SECONDS, settle_seconds=0)
        )
    assert not result.ok
    broken = [view for step in result.scenarios[0].steps for view in step.broken]
    assert broken
    assert not {view.got for view in broken} & {"91", "96"}, "a mutant that breaks down proves nothing"
