"""Every metric of the program, by name, in one place; and the meter that the rooms count with.

Labels have few values: links, message types, reasons from closed sets. Seconds and minor units are in the names.
"""

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.gc_collector import GCCollector
from prometheus_client.process_collector import ProcessCollector

from cardline.known_age import KnownAge
from cardline.plain_metrics import PlainCounter, PlainHistogram
from switch.link import LinkState

ANSWER_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
STAGE_SECONDS = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2)
ROUND_TRIP_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
FRESH_SECONDS = 60.0
"""Longer than the pauses between two looks of the verifier or of housekeeping."""
BATCH_SIZES = (1, 2, 5, 10, 20, 50, 100, 150, 200)
KNOWN_MTIS = frozenset(f"{head}{tail}" for head in ("01", "02", "04", "06", "08") for tail in
                       ("00", "01", "10", "20", "21", "30", "80", "90")) | {"0302", "0312"}  # fmt: skip


class Metrics:
    """The registry, and everything the meters of switch, authorizer and ledger ask for."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = registry = CollectorRegistry()
        self._children: dict[tuple[Counter, tuple[str, ...]], Counter] = {}
        self._inflight = 0
        ProcessCollector(registry=registry)
        GCCollector(registry=registry)
        self.authorizations = PlainCounter(
            "cardline_authorizations", "Authorization requests answered", ["decision", "reason"], registry=registry
        )
        self.authorization_seconds = PlainHistogram(
            "cardline_authorization_seconds", "Receipt to reply of an authorization", buckets=ANSWER_SECONDS, registry=registry
        )
        self.late_authorizations = PlainCounter(
            "cardline_authorizations_late", "Authorization requests answered after their link's deadline", registry=registry
        )
        self.stage_seconds = PlainHistogram(
            "cardline_stage_seconds", "Time spent in a room", ["stage"], buckets=STAGE_SECONDS, registry=registry
        )
        self.links = Gauge(
            "cardline_links", "Connections by link and state; a link with none reads 0", ["link", "state"], registry=registry
        )
        self.needs_sign_on = Gauge(
            "cardline_link_needs_sign_on", "1 where a link takes authorizations only when signed on", ["link"], registry=registry
        )
        self.messages = PlainCounter("cardline_messages", "Messages by type", ["link", "mti", "direction"], registry=registry)
        self.repeats = PlainCounter("cardline_repeats", "Repeated requests given their stored answer", registry=registry)
        self.malformed_messages = PlainCounter("cardline_malformed", "Bytes that were no message", registry=registry)
        self.overloads = PlainCounter(
            "cardline_overload", "Requests answered 91 because too much waits", ["link"], registry=registry
        )
        self._make_policy_metrics(registry)
        self.batch_size = PlainHistogram(
            "cardline_ledger_batch_size", "Commands per ledger transaction", buckets=BATCH_SIZES, registry=registry
        )
        self.batch_seconds = PlainHistogram(
            "cardline_ledger_batch_seconds", "Duration of a ledger transaction", buckets=STAGE_SECONDS, registry=registry
        )
        self.poisoned = Counter("cardline_dead_letters", "Commands that could not be stored", registry=registry)
        self.voided = Counter("cardline_voids", "Approvals undone because their time was over", registry=registry)
        self.writer_ready = Gauge("cardline_ledger_writer_ready", "1 while this process owns a stream", registry=registry)
        self._make_link_metrics(registry)
        self._make_cache_metrics(registry)
        self._make_store_metrics(registry)
        self._make_hold_metrics(registry)
        self.inflight_messages = Gauge("cardline_inflight", "Messages being worked on", registry=registry)
        self.inflight_messages.set_function(lambda: self._inflight)
        self._make_trouble_metrics(registry)
        self._make_proof_metrics(registry)
        self._make_clearing_metrics(registry)
        self.build = Gauge("cardline_build", "Always 1; the release is the label", ["version"], registry=registry)

    def _make_trouble_metrics(self, registry: CollectorRegistry) -> None:
        self.refused_connections = Counter(
            "cardline_connections_refused", "More connections than allowed", ["link"], registry=registry
        )
        self.lost_replies = Counter(
            "cardline_replies_lost", "Answers that could not be written: the connection had gone", ["link"], registry=registry
        )
        self.handler_failures = Counter(
            "cardline_handler_failures", "Requests left unanswered by a fault of ours", registry=registry
        )
        self.lost_messages = Counter("cardline_messages_lost", "Masked messages that could not be kept", registry=registry)
        self.lost_log_lines = Counter(
            "cardline_log_lines_lost", "Log lines dropped because the log could not take them", registry=registry
        )
        self.heartbeat_age = Gauge(
            "cardline_loop_heartbeat_age_seconds",
            "Since the event loop turned last: below 1 s while it is well",
            registry=registry,
        )

    def _make_proof_metrics(self, registry: CollectorRegistry) -> None:
        self.open_exceptions = Gauge(
            "cardline_exceptions_open", "Exception items waiting for somebody", ["kind"], registry=registry
        )
        self.oldest_exception = Gauge(
            "cardline_exceptions_oldest_seconds", "Age of the exception item that waits longest; 0: none waits",
            ["kind"], registry=registry,
        )  # fmt: skip
        self.exceptions_by_age = Gauge(
            "cardline_exceptions_by_age", "Exception items that wait, by for how long: up to a day, week or month, or older",
            ["age"], registry=registry,
        )  # fmt: skip
        self.partitions_ahead = Gauge(
            "cardline_partitions_ahead_months", "Months of partitions ready after this one", ["table"], registry=registry
        )
        self._verified = KnownAge(FRESH_SECONDS)
        self.verified_age = Gauge(
            "cardline_chain_verified_age_seconds",
            "Age of the oldest batch not known to be verified, growing while nobody looks; 0: all were a moment ago",
            registry=registry,
        )
        self.verified_age.set_function(self._verified.seconds)
        self.verified_batches = Counter("cardline_chain_batches_verified", "Batches verified", registry=registry)
        self.chain_findings = Gauge("cardline_chain_findings", "Open findings of the verifier: alarm unless 0", registry=registry)
        self._exception_kinds = {"duplicate_mismatch", "books_do_not_hold"}
        self.exceptions_seen({})

    def _make_clearing_metrics(self, registry: CollectorRegistry) -> None:
        """All from the database, which every process sees: take the highest of them, do not add them up."""
        self.clearing_file_states = Gauge(
            "cardline_clearing_files", "Clearing files that were proved and kept: waiting, posting, or posted to their end",
            ["state"], registry=registry,
        )  # fmt: skip
        self.clearing_messages = Gauge(
            "cardline_clearing_file_messages", "Of files not posted to their end: messages that are there, and those done",
            ["state"], registry=registry,
        )  # fmt: skip
        self.clearing_oldest = Gauge(
            "cardline_clearing_file_oldest_seconds", "Age of the oldest clearing file not posted to its end; 0: there is none",
            registry=registry,
        )  # fmt: skip
        self.clearing_idle = Gauge(
            "cardline_clearing_file_idle_seconds", "For how long such a file has not moved, at the most; 0: there is none",
            registry=registry,
        )  # fmt: skip
        self.clearing_refusals = Gauge(
            "cardline_clearing_refusals", "Clearing files and bank statements that were not taken in, each attempt on record",
            ["kind"], registry=registry,
        )  # fmt: skip
        self.clearing_records = Counter(
            "cardline_clearing_records", "Clearing records by what became of them: posted, suspense, unbookable, nothing",
            ["outcome"], registry=registry,
        )  # fmt: skip
        self.reconciliation_age = Gauge(
            "cardline_reconciliation_run_age_seconds", "Age of the last reconciliation; NaN before the first", registry=registry
        )
        self.reconciliation_date = Gauge(
            "cardline_reconciliation_run_date_seconds", "The business date it was about, in Unix time; NaN before the first",
            registry=registry,
        )  # fmt: skip
        self.reconciliation_overdue = Gauge(
            "cardline_reconciliation_overdue_seconds",
            "For how long the oldest business date with clearing records and no reconciliation has been over; 0: none is",
            registry=registry,
        )
        self.reconciliation_findings = Gauge(
            "cardline_reconciliation_findings_open", "Items of clearing and reconciliation that wait for people",
            registry=registry,
        )  # fmt: skip
        self.reconciliation_age.set(float("nan"))
        self.reconciliation_date.set(float("nan"))

    def _make_policy_metrics(self, registry: CollectorRegistry) -> None:
        self.shadow_differences = Counter(
            "cardline_shadow_differences",
            "Requests that the draft policy would have decided otherwise",
            ["reason"],
            registry=registry,
        )

    def _make_link_metrics(self, registry: CollectorRegistry) -> None:
        self.unknown_elements = Counter(
            "cardline_unknown_elements",
            "Subelements and tags that no table names",
            ["element"],
            registry=registry,
        )
        self.outgoing_replies = Counter(
            "cardline_outgoing_replies", "Replies to requests of ours: matched, late, unmatched, unanswered",
            ["link", "outcome"], registry=registry,
        )  # fmt: skip
        self.clearing_files = Counter(
            "cardline_clearing_link_files", "Files that came over a clearing link: kept, known (again), rejected, cut",
            ["link", "outcome"], registry=registry,
        )  # fmt: skip
        self.file_updates = Gauge(
            "cardline_file_updates", "Updates of the networks' stand-in files that wait (pending) or were given up (failed)",
            ["state"], registry=registry,
        )  # fmt: skip
        self.file_update_oldest = Gauge(
            "cardline_file_update_oldest_seconds", "Age of the file update that waits longest; 0: none waits", registry=registry
        )
        self.file_update_attempts = Counter(
            "cardline_file_update_attempts", "Attempts by how they ended: done, again, otherwise, failed, unsent",
            ["link", "outcome"], registry=registry,
        )  # fmt: skip
        self.round_trip_seconds = Histogram(
            "cardline_link_round_trip_seconds", "A request of ours (echo, sign-on, file update) to its reply",
            ["link"], buckets=ROUND_TRIP_SECONDS, registry=registry,
        )  # fmt: skip
        self.links_down = Counter(
            "cardline_links_down", "Connections given up because the peer did not answer", ["link", "reason"], registry=registry
        )

    def _make_cache_metrics(self, registry: CollectorRegistry) -> None:
        self.cache_drift = Gauge(
            "cardline_cache_drift_minor",
            "Sum of differences between cache and ledger at one version; must be 0",
            registry=registry,
        )
        self.cache_repairs = Counter(
            "cardline_cache_repairs", "Cached balances that differed and were put right", registry=registry
        )
        self.cache_lag = Counter("cardline_cache_lag_versions", "Versions that cached balances were behind", registry=registry)
        self.cache_misses = Counter(
            "cardline_cache_misses", "Requests whose facts came from the ledger", ["reason"], registry=registry
        )
        self.cache_up = Gauge("cardline_cache_up", "1 while Redis answers", registry=registry)
        self.confirms_lost = Counter(
            "cardline_cache_confirms_lost", "Confirmations dropped; the cache repairs itself", registry=registry
        )

    def _make_store_metrics(self, registry: CollectorRegistry) -> None:
        self.reserve_batch = PlainHistogram(
            "cardline_reserve_batch_size", "Payments per call of Redis", buckets=BATCH_SIZES, registry=registry
        )
        self.queue_depth = Gauge(
            "cardline_queue_depth", "What waits, by queue: ledger, reserve, load, confirm, messages, log",
            ["queue"], registry=registry,
        )  # fmt: skip
        self.store_seconds = Gauge(
            "cardline_store_round_trip_seconds", "The last empty question to a store and back; NaN: it did not answer",
            ["store"], registry=registry,
        )  # fmt: skip

    def _make_hold_metrics(self, registry: CollectorRegistry) -> None:
        self._expired = KnownAge(FRESH_SECONDS)
        self.expiry_lag = Gauge(
            "cardline_hold_expiry_lag_seconds",
            "For how long the oldest hold that is over still stands, growing while nobody looks; 0: none did a moment ago",
            registry=registry,
        )
        self.expiry_lag.set_function(self._expired.seconds)
        self.open_holds = Gauge(
            "cardline_holds_open", "Holds that stand, by the time until they expire: over, day, week, month, later",
            ["expires"], registry=registry,
        )  # fmt: skip

    # --- what is read when somebody scrapes ---

    def queue(self, name: str, depth: Callable[[], int]) -> None:
        """`depth` is called from the scraper's thread: it must only read."""
        self.queue_depth.labels(name).set_function(depth)

    def watch_writer(self, is_ready: Callable[[], bool]) -> None:
        """From now on the gauge asks, because a writer that hangs tells nobody."""
        self.writer_ready.set_function(is_ready)

    def watch_loop(self, age_seconds: Callable[[], float]) -> None:
        self.heartbeat_age.set_function(age_seconds)

    # --- housekeeping ---

    def exceptions_seen(self, waiting: Mapping[str, tuple[int, float]]) -> None:
        """By kind how many wait and for how long the oldest has. A kind whose last item was closed reads 0 from then on."""
        self._exception_kinds |= waiting.keys()
        for kind in self._exception_kinds:
            count, oldest_seconds = waiting.get(kind, (0, 0.0))
            self.open_exceptions.labels(kind).set(count)
            self.oldest_exception.labels(kind).set(oldest_seconds)

    def holds_expired_until(self, lag_seconds: float) -> None:
        self._expired.told(lag_seconds)

    def store_answered(self, store: str, seconds: float) -> None:
        self.store_seconds.labels(store).set(seconds)

    def _child(self, counter: Counter, labels: tuple[str, ...]) -> Counter:
        """The series with these labels. Remembered: looking it up by its lock costs more than counting."""
        known = self._children.get((counter, labels))
        if known is None:
            known = self._children[counter, labels] = counter.labels(*labels)
        return known

    # --- switch ---

    def link_state(self, link: str, state: LinkState, change: int) -> None:
        self.links.labels(link, state.value).inc(change)

    def malformed(self, link: str) -> None:  # noqa: ARG002 - one series: a hostile peer must not be told apart by label
        self.malformed_messages.add()

    def unknown_element(self, element: int) -> None:
        """Label: the data element only, since ids inside it are the peer's to choose."""
        self._child(self.unknown_elements, (str(element),)).inc()

    def inflight(self, change: int) -> None:
        self._inflight += change

    def connection_refused(self, link: str) -> None:
        self.refused_connections.labels(link).inc()

    def handler_failed(self, link: str) -> None:  # noqa: ARG002
        self.handler_failures.inc()

    def replies_lost(self, link: str, count: int) -> None:
        self._child(self.lost_replies, (link,)).inc(count)

    def reply(self, link: str, outcome: str) -> None:
        self._child(self.outgoing_replies, (link, outcome)).inc()

    def round_trip(self, link: str, seconds: float) -> None:
        self.round_trip_seconds.labels(link).observe(seconds)

    def file_update(self, link: str, outcome: str) -> None:
        self._child(self.file_update_attempts, (link, outcome)).inc()

    def link_down(self, link: str, reason: str) -> None:
        self._child(self.links_down, (link, reason)).inc()

    def message(self, link: str, mti: str, direction: str) -> None:
        self.messages.add((link, mti if mti in KNOWN_MTIS else "other", direction))

    def authorization(self, decision: str, reason: str, seconds: float) -> None:
        self.authorizations.add((decision, reason))
        self.authorization_seconds.observe(seconds)

    def authorization_late(self) -> None:
        self.late_authorizations.add()

    def stage(self, stage: str, seconds: float) -> None:
        self.stage_seconds.observe(seconds, (stage,))

    def repeated(self) -> None:
        self.repeats.add()

    def overloaded(self, link: str) -> None:
        self.overloads.add((link,))

    def shadow_difference(self, change: str) -> None:
        self._child(self.shadow_differences, (change,)).inc()

    # --- ledger ---

    def batch_committed(self, size: int, seconds: float) -> None:
        self.batch_size.observe(size)
        self.batch_seconds.observe(seconds)

    def command_poisoned(self) -> None:
        self.poisoned.inc()

    def approval_voided(self) -> None:
        self.voided.inc()

    def writer_changed(self, is_ready: bool) -> None:
        self.writer_ready.set(is_ready)

    def messages_lost(self, count: int) -> None:
        self.lost_messages.inc(count)

    def verified_until(self, age_seconds: float) -> None:
        self._verified.told(age_seconds)

    def batches_verified(self, count: int) -> None:
        self.verified_batches.inc(count)

    def findings_open(self, count: int) -> None:
        self.chain_findings.set(count)

    # --- authorizer ---

    def reserved(self, items: int, seconds: float) -> None:
        self.reserve_batch.observe(items)
        self.stage("reserve_script", seconds)

    def missed(self, reason: str, items: int) -> None:
        self._child(self.cache_misses, (reason,)).inc(items)

    def drifted(self, minor: int) -> None:
        self.cache_drift.inc(abs(minor))
        self.cache_repairs.inc()

    def lagged(self, versions: int) -> None:
        self.cache_lag.inc(versions)

    def confirms_dropped(self, items: int) -> None:
        self.confirms_lost.inc(items)

    def redis_is_up(self, is_up: bool) -> None:
        self.cache_up.set(is_up)
