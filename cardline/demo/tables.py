"""What `cardline demo` prints: rich tables from the results of the day. Pure; nothing is measured or decided here."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from cardline.books.balance_table import trial_balance_table
from cardline.demo.verdict import BooksAfterwards, verdicts
from cardline.endpoints import Endpoints
from simulator.outcome import PERCENTILES, DayOutcome, Exchange, percentiles
from simulator.player import Limits
from simulator.troubles import Episode

SHOWN_MISMATCHES = 20


def summary_table(outcome: DayOutcome) -> Table:
    """What was sent, what was answered and why."""
    table = Table(title=f"The day, seed {outcome.seed}", title_justify="left")
    for heading in ("sent for", "MTI", "answered", "why"):
        table.add_column(heading)
    table.add_column("count", justify="right")
    table.add_column("not as predicted", justify="right")
    for line in outcome.summary():
        wrong = Text(str(line.mismatches), "bold red") if line.mismatches else Text("-", "dim")
        mti = line.mti if line.mti.isdigit() else ""
        table.add_row(line.kind.value, mti, line.got, line.reason, str(line.count), wrong)
    table.add_section()
    table.add_row("all", "", "", "", str(len(outcome.exchanges)), str(len(outcome.mismatches)))
    return table


def troubles_table(episodes: Sequence[Episode]) -> Table:
    """What the network had to go through with the issuer, each with a card of its own."""
    table = Table(title="Trouble between network and issuer", title_justify="left")
    table.add_column("episode")
    table.add_column("held afterwards", justify="right")
    table.add_column("went as it must")
    for episode in episodes:
        verdict = Text(episode.failed, "bold red") if episode.failed else Text("yes")
        table.add_row(episode.name, "-" if episode.failed else f"{episode.holds_minor:,}", verdict)
    return table


def latency_table(outcome: DayOutcome, lone: Sequence[float]) -> Table:
    """From a request's hand-over to the socket to its reply: under the day's burst, and alone (seconds)."""
    answered = sum(1 for exchange in outcome.exchanges if exchange.latency_seconds is not None)
    table = Table("", title="Milliseconds until the reply", title_justify="left", min_width=60)
    for percent in PERCENTILES:
        table.add_column("max" if percent == 100 else f"p{percent:g}", justify="right")
    at_once = Limits().in_flight
    burst = f"{answered:,} replies in {outcome.seconds:.1f} s, {at_once} cards at once, as fast as the replies come"
    for name, found in ((burst, outcome.latencies()), (f"{len(lone)} one at a time", percentiles(lone, PERCENTILES))):
        if found:
            table.add_row(name, *(f"{seconds * 1000:.1f}" for seconds in found.values()))
    return table


def mismatch_table(mismatches: Sequence[Exchange]) -> Table:
    """Both views side by side, of the first few exchanges that did not go as predicted."""
    table = Table(title="Replies not as predicted", title_justify="left")
    for heading in ("sent for", "sent", "element", "expected", "got"):
        table.add_column(heading, overflow="fold")
    for exchange in mismatches[:SHOWN_MISMATCHES]:
        for at, difference in enumerate(exchange.differences):
            first = (exchange.kind.value, exchange.sent) if at == 0 else ("", "")
            table.add_row(*first, difference.element, difference.expected, difference.got)
    if len(mismatches) > SHOWN_MISMATCHES:
        table.caption = f"and {len(mismatches) - SHOWN_MISMATCHES} more"
    return table


def books_table(books: BooksAfterwards) -> Table:
    """Balances that are not as the simulator's model has them, side by side."""
    table = Table(title="Balances not as predicted, minor units", title_justify="left")
    for heading in ("card", "account", "what", "expected", "got"):
        table.add_column(heading)
    for wrong in books.balance_differences[:SHOWN_MISMATCHES]:
        table.add_row(wrong.masked_pan, str(wrong.account_id), wrong.what, str(wrong.expected), str(wrong.got))
    return table


def report(
    outcome: DayOutcome, episodes: Sequence[Episode], books: BooksAfterwards, lone: Sequence[float] = ()
) -> list[RenderableType]:
    """Everything worth showing, in reading order."""
    shown: list[RenderableType] = [summary_table(outcome), latency_table(outcome, lone)]
    shown += [troubles_table(episodes), trial_balance_table(books.trial_balance)]
    if outcome.mismatches:
        shown.append(mismatch_table(outcome.mismatches))
    if books.balance_differences:
        shown.append(books_table(books))
    shown += [Text(f"{finding.proof}: {finding.subject}: {finding.detail}", "red") for finding in books.findings]
    for statement, held in verdicts(outcome, episodes, books):
        shown.append(Text(("✓ " if held else "✗ ") + statement, "green" if held else "bold red"))
    return shown


def endpoints_table(endpoints: Endpoints, data_dir: Path) -> Table:
    """Where a kept system is."""
    table = Table(title="cardline stays up", title_justify="left", show_header=False)
    table.add_row("ISO 8583, EBCDIC", endpoints.iso8583)
    table.add_row("ISO 8583, ASCII", endpoints.iso8583_ascii)
    table.add_row("metrics and health", endpoints.metrics)
    table.add_row("Postgres", endpoints.postgres_dsn)
    table.add_row("data directory", str(data_dir))
    return table
