"""What the dashboards show: for each panel its queries and a sentence that says what it tells and what to do. Data only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Panel:
    """`queries`: PromQL and the legend of its lines. `unit` is Grafana's: short, s, percentunit, reqps, bytes."""

    title: str
    tells: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"


@dataclass(frozen=True, slots=True)
class Dashboard:
    name: str
    title: str
    panels: tuple[Panel, ...]


def _quantile(metric: str, quantile: float, by: str = "") -> str:
    return f"histogram_quantile({quantile}, sum by (le{by}) (rate({metric}_bucket[5m])))"


AUTHORIZATIONS = Dashboard("authorizations", "Cardline: authorizations", (
    Panel("Answers per second", "Authorizations by decision. A sudden fall with the links up: ask the network; a rise of `declined`: see the next panel.",
          (("sum by (decision) (rate(cardline_authorizations_total[5m]))", "{{decision}}"),), "reqps"),
    Panel("Declines by reason", "Why requests are refused. docs/refusals.md says who can do something about each reason.",
          (('sum by (reason) (rate(cardline_authorizations_total{decision="declined"}[5m]))', "{{reason}}"),), "reqps"),
    Panel("Time to answer", "Median and p99 from receipt to reply. Beyond 0.1 s look at the stages below to see which room is slow.",
          (("cardline:authorization_seconds:p50_5m", "p50"), ("cardline:authorization_seconds:p99_5m", "p99")), "s"),
    Panel("Late or never, against the allowance", "Share answered after the link's deadline or not at all; 0.001 is allowed. Above it for an hour: runbook answers-late.",
          (("cardline:authorizations_late:share_1h", "one hour"), ("cardline:authorizations_late:share_6h", "six hours")), "percentunit"),
    Panel("Answered 91 without a decision", "Share that was refused because of us: too much waited, the time was over, a store was away. Runbook not-decided.",
          (("cardline:authorizations_undecided:share_5m", "five minutes"), ("cardline:authorizations_undecided:share_1h", "one hour")), "percentunit"),
    Panel("Stages, p99", "Which room takes the time: `reserve` is Redis, `record` the ledger with its queue, the rest is us.",
          ((_quantile("cardline_stage_seconds", 0.99, ", stage"), "{{stage}}"),), "s"),
    Panel("Repeats, overloads and voids", "Repeats: the network did not hear us. Overloads: more came than we take. Voids: approvals undone because they were late.",
          (("sum(rate(cardline_repeats_total[5m]))", "repeats"), ("sum(rate(cardline_overload_total[5m]))", "overloads"),
           ("sum(rate(cardline_voids_total[5m]))", "voids")), "reqps"),
    Panel("Stand-in share", "Of all payments, how many the network decided in our place. It should be near nought; if not, our answers do not arrive in time.",
          (("cardline:stand_in:share_5m", "stand-in"),), "percentunit"),
    Panel("Draft policy", "What the draft beside the live policy would have decided otherwise; look at it before making the draft live.",
          (("sum by (reason) (rate(cardline_shadow_differences_total[5m]))", "{{reason}}"),), "reqps"),
))  # fmt: skip

LINKS = Dashboard("links", "Cardline: links", (
    Panel("Connections", "Connections by link and state. None usable for a minute is an alert: runbook link-down.",
          (("sum by (link, state) (cardline_links)", "{{link}} {{state}}"),)),
    Panel("Answers that could not leave", "The connection had gone before them; the network decided itself and may reverse. Some at a break are normal, a stream of them is not: ask the network.",
          (("sum by (link) (increase(cardline_replies_lost_total[15m]))", "{{link}}"),)),
    Panel("Messages in", "What arrives, by type. 0420 and 0120 that rise beside 0100 mean that the network does not hear our answers.",
          (('sum by (link, mti) (rate(cardline_messages_total{direction="in"}[5m]))', "{{link}} {{mti}}"),), "reqps"),
    Panel("Messages out", "What leaves, by type. 0110 should follow 0100 line by line; a gap is requests without an answer.",
          (('sum by (link, mti) (rate(cardline_messages_total{direction="out"}[5m]))', "{{link}} {{mti}}"),), "reqps"),
    Panel("Round trip of our requests, p99", "Echo, sign-on and file updates to their replies. It rises with the line or the network, not with our load.",
          ((_quantile("cardline_link_round_trip_seconds", 0.99, ", link"), "{{link}}"),), "s"),
    Panel("Replies to our requests", "Late and unmatched replies point to a slow or confused peer; unanswered ones come before a link is given up.",
          (("sum by (link, outcome) (rate(cardline_outgoing_replies_total[5m]))", "{{link}} {{outcome}}"),), "reqps"),
    Panel("Given up and refused", "Connections that we closed because the peer did not do its part, and ones beyond the limit. Ask the network before raising it.",
          (("sum by (link, reason) (increase(cardline_links_down_total[15m]))", "{{link}} {{reason}}"),
           ("sum by (link) (increase(cardline_connections_refused_total[15m]))", "{{link}} refused"))),
    Panel("Unreadable and unknown", "Malformed bytes and elements that no table names. Some are noise; a step means that the network changed something: read its bulletins.",
          (("sum(increase(cardline_malformed_total[15m]))", "malformed"),
           ("sum by (element) (increase(cardline_unknown_elements_total[15m]))", "DE {{element}}"))),
    Panel("File updates", "Updates of the network's stand-in file that wait, and the age of the oldest. Runbook file-updates-stuck.",
          (("max by (state) (cardline_file_updates)", "{{state}}"), ("max(cardline_file_update_oldest_seconds)", "oldest, seconds"))),
))  # fmt: skip

LEDGER = Dashboard("ledger", "Cardline: ledger", (
    Panel("Writers", "1 for each process that may write. 0 means that it answers 91 to everything: runbook writer-lost.",
          (("cardline_ledger_writer_ready", "{{instance}}"),)),
    Panel("Commands per batch", "The mean size of a transaction. It grows with the load; near 200 the ledger is the limit.",
          (("sum(rate(cardline_ledger_batch_size_sum[5m])) / sum(rate(cardline_ledger_batch_size_count[5m]))", "mean"),)),
    Panel("Time of a batch", "Median and p99 of a transaction. If it rises without load, look at the disk under Postgres first.",
          ((_quantile("cardline_ledger_batch_seconds", 0.5), "p50"), (_quantile("cardline_ledger_batch_seconds", 0.99), "p99")), "s"),
    Panel("Verified age", "Age of the oldest batch that no process knows to be verified; without a verifier it grows with the clock. It may grow under full load: runbook verified-age.",
          (("min(cardline_chain_verified_age_seconds)", "age"),), "s"),
    Panel("Findings and dead letters", "Both have to be nought. A finding: runbook books-do-not-hold. A dead letter: runbook dead-letters.",
          (("max(cardline_chain_findings)", "findings"), ("sum(increase(cardline_dead_letters_total[1h]))", "dead letters"))),
    Panel("Batches verified", "How quickly the background verifier goes on. Nought while payments run: it is not running anywhere.",
          (("sum(rate(cardline_chain_batches_verified_total[5m]))", "batches"),), "reqps"),
    Panel("Partitions ahead", "Months that are ready, by table. Below one: runbook partitions-missing.",
          (("min by (table) (cardline_partitions_ahead_months)", "{{table}}"),)),
    Panel("Holds", "Holds that stand by the time until they expire, and for how long the oldest over its time has stood: runbook holds-not-expired.",
          (("max by (expires) (cardline_holds_open)", "{{expires}}"), ("min(cardline_hold_expiry_lag_seconds)", "lag, seconds"))),
))  # fmt: skip

CACHE = Dashboard("cache", "Cardline: cache", (
    Panel("Drift", "Differences between cache and ledger, in minor units, since the process started. It must stay nought: runbook cache-drift.",
          (("sum by (instance) (cardline_cache_drift_minor)", "{{instance}}"),)),
    Panel("Repairs", "Cached balances that were put right. Each is a fault of ours or of somebody who writes to our Redis.",
          (("sum(increase(cardline_cache_repairs_total[15m]))", "repairs"),)),
    Panel("Misses by reason", "Requests whose facts came from the ledger. `down`: Redis is away; `epoch`: the ledger was restored; many `expired`: it loses keys.",
          (("sum by (reason) (rate(cardline_cache_misses_total[5m]))", "{{reason}}"),), "reqps"),
    Panel("Redis answers", "1 while it does. 0 makes payments slower and nothing wrong: runbook redis-away.",
          (("cardline_cache_up", "{{instance}}"),)),
    Panel("Versions behind", "By how much cached balances were older than the ledger's. It is harmless, and rises when several processes share an account.",
          (("sum(rate(cardline_cache_lag_versions_total[5m]))", "versions"),), "reqps"),
    Panel("Confirmations lost", "Dropped because Redis was away. Those accounts are read from the ledger once; nothing is to be done.",
          (("sum(increase(cardline_cache_confirms_lost_total[15m]))", "lost"),)),
    Panel("Payments per call", "How many payments share a call of Redis. It grows with the load.",
          (("sum(rate(cardline_reserve_batch_size_sum[5m])) / sum(rate(cardline_reserve_batch_size_count[5m]))", "mean"),)),
))  # fmt: skip

RECONCILIATION = Dashboard("reconciliation", "Cardline: clearing and reconciliation", (
    Panel("Exceptions that wait", "Items that somebody has to decide, by kind. A day that ends with more than it began needs more people or a rule.",
          (("max by (kind) (cardline_exceptions_open)", "{{kind}}"),)),
    Panel("Age of the oldest exception", "Two days are the limit: runbook exceptions-old.",
          (("max by (kind) (cardline_exceptions_oldest_seconds)", "{{kind}}"),), "s"),
    Panel("Exceptions by age", "How long the items that wait have waited: up to a day, a week, a month, or longer. Scheme deadlines pass in the last two.",
          (("max by (age) (cardline_exceptions_by_age)", "{{age}}"),)),
    Panel("Clearing files", "Files that were taken in: waiting, being posted, posted. One that waits or is posted should be gone within the hour: runbook clearing-file-stuck.",
          (("max by (state) (cardline_clearing_files)", "{{state}}"),)),
    Panel("Progress of the files in work", "Messages of files not posted to their end, and how many of them are done. Both fall to nought when the last file is.",
          (("max by (state) (cardline_clearing_file_messages)", "{{state}}"),)),
    Panel("Records posted", "Clearing records per second by what became of them. It slows down by itself while payments are slow; suspense and unbookable become items.",
          (("max by (outcome) (rate(cardline_clearing_records_total[5m]))", "{{outcome}}"),), "reqps"),
    Panel("Files that do not move", "Age of the oldest file not posted to its end, and for how long one has not moved. 15 minutes are the limit: runbook clearing-file-stuck.",
          (("max(cardline_clearing_file_oldest_seconds)", "oldest"), ("max(cardline_clearing_file_idle_seconds)", "does not move")), "s"),
    Panel("Reconciliation", "Age of the last run, and for how long a date with records and no run has been over. 36 hours are the limit: runbook reconciliation-overdue.",
          (("min(cardline_reconciliation_run_age_seconds)", "last run"), ("max(cardline_reconciliation_overdue_seconds)", "overdue")), "s"),
    Panel("Business date reconciled last", "The date that the last run was about, in days before now. It should not fall behind the calendar by more than two.",
          (("(time() - max(cardline_reconciliation_run_date_seconds)) / 86400", "days"),)),
    Panel("Findings that wait", "What reconciliations found and nobody has worked off. `cardline exceptions list` names them; docs/reconciliation.md says what each kind means.",
          (("max(cardline_reconciliation_findings_open)", "findings"),)),
    Panel("Findings of the verifier", "Open findings about the books. Anything but nought: runbook books-do-not-hold.",
          (("max(cardline_chain_findings)", "findings"),)),
    Panel("Holds that are over", "Clearing should have taken them or expiry given them back. If this grows: runbook holds-not-expired.",
          (('max(cardline_holds_open{expires="over"})', "over"),)),
))  # fmt: skip

CAPACITY = Dashboard("capacity", "Cardline: capacity", (
    Panel("Event loop", "Since the event loop of a process turned last. Below 1 s; if it rises, the process hangs and answers nothing: runbook switch-down.",
          (("max by (instance) (cardline_loop_heartbeat_age_seconds)", "{{instance}}"),), "s"),
    Panel("In flight", "Messages being worked on in a process. From 2000 on requests are answered 91: add a process before.",
          (("sum by (instance) (cardline_inflight)", "{{instance}}"),)),
    Panel("Queues", "What waits, by queue. A queue that does not come back to nought between peaks is the limit; its name says which room.",
          (("sum by (queue) (cardline_queue_depth)", "{{queue}}"),)),
    Panel("CPU", "Cores in use by each process. One core is all that a process can use: near 0.9 add a process.",
          (('rate(process_cpu_seconds_total{job="cardline"}[5m])', "{{instance}}"),)),
    Panel("Memory", "Resident memory of each process. It is flat after warming up; a slope over days is a leak: report it.",
          (('process_resident_memory_bytes{job="cardline"}', "{{instance}}"),), "bytes"),
    Panel("Stores, round trip", "The last empty question to Postgres and Redis. It shows the network and the stores without our load.",
          (("max by (store) (cardline_store_round_trip_seconds)", "{{store}}"),), "s"),
    Panel("Lost messages and log lines", "Dropped because the disk or the log's reader could not take them. Payments go on: runbook records-lost.",
          (("sum(increase(cardline_messages_lost_total[15m]))", "messages"), ("sum(increase(cardline_log_lines_lost_total[15m]))", "log lines"))),
    Panel("Open files", "File descriptors against what is allowed. Above a half: look for a peer that opens connections without end.",
          (('process_open_fds{job="cardline"} / process_max_fds{job="cardline"}', "{{instance}}"),), "percentunit"),
    Panel("Releases", "Which release each process runs. Two of them for more than an upgrade's time: finish it.",
          (("count by (version) (cardline_build)", "{{version}}"),)),
))  # fmt: skip

DASHBOARDS = (AUTHORIZATIONS, LINKS, LEDGER, CACHE, RECONCILIATION, CAPACITY)
