"""The address on file of a card, for AVS: read from the ledger when a message asks, and only then. I/O."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from authorizer.avs import AddressOnFile, AvsResult

log = structlog.get_logger(__name__)

AddressReader = Callable[[int], Awaitable[tuple[str, str] | None]]
"""A card to its street address and postcode. Raises OSError or its driver's error where the books cannot be read."""


class Addresses:
    """Never fails: what cannot be had in time is RETRY (SE 83 = R), and the payment goes on without it."""

    def __init__(self, read: AddressReader, failures: tuple[type[Exception], ...], *, timeout_seconds: float) -> None:
        self._read, self._timeout_seconds = read, timeout_seconds
        self._failures: tuple[type[Exception], ...] = (OSError, TimeoutError, *failures)

    async def of_card(self, card_id: int) -> AddressOnFile | AvsResult | None:
        """None: there is none on file."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                found = await self._read(card_id)
        except self._failures as error:
            log.warning("address_not_read", why=type(error).__name__)
            return AvsResult.RETRY
        return AddressOnFile(*found) if found is not None else None
