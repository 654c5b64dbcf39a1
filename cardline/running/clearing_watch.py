"""Clearing's gauges. Files are posted and days reconciled by processes of their own, so these are read from the books."""

import math

import asyncpg

from cardline.metrics import Metrics
from clearing.progress import FileWatch, reconciled


class ClearingWatch:
    """Two chores of housekeeping."""

    def __init__(self, pool: asyncpg.Pool, metrics: Metrics) -> None:
        self._pool, self._metrics, self._files = pool, metrics, FileWatch()

    async def tell_files(self) -> None:
        found, metrics = await self._files.look(self._pool), self._metrics
        for state, files in (("waiting", found.waiting), ("posting", found.posting), ("posted", found.posted)):
            metrics.clearing_file_states.labels(state).set(files)
        for state, messages in (("there", found.messages), ("done", found.done)):
            metrics.clearing_messages.labels(state).set(messages)
        metrics.clearing_oldest.set(found.oldest_seconds)
        metrics.clearing_idle.set(found.idle_seconds)
        for kind, refusals in found.refusals.items():
            metrics.clearing_refusals.labels(kind).set(refusals)
        for outcome, records in found.outcomes.items():
            metrics.clearing_records.labels(outcome).inc(records)

    async def tell_reconciliation(self) -> None:
        found, metrics = await reconciled(self._pool), self._metrics
        metrics.reconciliation_age.set(math.nan if found.run_age_seconds is None else found.run_age_seconds)
        metrics.reconciliation_date.set(math.nan if found.run_date_seconds is None else found.run_date_seconds)
        metrics.reconciliation_findings.set(found.findings_open)
        metrics.reconciliation_overdue.set(found.overdue_seconds)
