import asyncio

from authorizer.avs import AddressOnFile, AvsResult
from switch.addresses import Addresses


class Away(Exception):
    """As a driver says that its database is gone."""


async def _read(card_id: int) -> tuple[str, str] | None:
    match card_id:
        case 1:
            return "12 Main Street", "10115"
        case 2:
            raise Away
        case 3:
            await asyncio.Event().wait()
    return None


async def test_an_address_is_read_or_absent_and_a_failure_is_to_be_tried_again() -> None:
    addresses = Addresses(_read, (Away,), timeout_seconds=0.01)
    found = [await addresses.of_card(card_id) for card_id in (1, 2, 3, 4)]
    assert found == [AddressOnFile("12 Main Street", "10115"), AvsResult.RETRY, AvsResult.RETRY, None]
