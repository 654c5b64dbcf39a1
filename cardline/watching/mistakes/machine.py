"""Mistakes with the machine that a switch runs on, and what a running switch says of itself."""

from cardline.watching.facts import Facts
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict

_DISK_WARNING_BYTES, _DISK_FAILURE_BYTES = 5_000_000_000, 500_000_000


def _disk(facts: Facts) -> str:
    return f"{facts.machine.free_bytes / 1e9:.1f} GB free"


def _not_ready(facts: Facts) -> str:
    said = facts.machine.switch
    return f"not ready: {said}" if said is not None and said.partition("; ")[0] != "ready" else ""


def _warnings(facts: Facts) -> str:
    ready, _, warnings = (facts.machine.switch or "").partition("; ")
    return warnings if ready == "ready" else ""


def _too_few_files(facts: Facts) -> str:
    """In development nobody expects a thousand connections."""
    has, needs = facts.machine.open_files, facts.settings.files
    if has >= needs or facts.settings.is_development:
        return ""
    return f"{has} files may be open here, and the links' bounds need {needs}"


def _no_anchors(facts: Facts) -> str:
    return "no anchor_file is given" if not facts.machine.anchors and not facts.settings.is_development else ""


MACHINE = (
    Check(
        "disk",
        _disk,
        (
            Mistake(
                "disk", "hardly any space", Verdict.FAILED,
                lambda facts: _disk(facts) if facts.machine.free_bytes < _DISK_FAILURE_BYTES else "",
                "without space Postgres stops, and every answer is 91",
                "free some: `du -xh --max-depth=2 / | sort -h | tail` shows where it is",
            ),
            Mistake(
                "disk", "little space", Verdict.WARNING,
                lambda facts: _disk(facts) if _DISK_FAILURE_BYTES <= facts.machine.free_bytes < _DISK_WARNING_BYTES else "",
                "a million payments take about 2 GB, and without space Postgres stops",
                "watch it (`df -h`), and give Postgres a larger disk in time",
            ),
        ),
    ),
    Check(
        "files",
        lambda facts: f"{facts.machine.open_files} may be open",
        (
            Mistake(
                "files", "too few open files for the links", Verdict.WARNING, _too_few_files,
                "beyond it connections of the network are turned away",
                "`LimitNOFILE=65536` in the service's unit (here: `ulimit -n 65536`), or a lower [limits] max_connections in the profile",
            ),
        ),
    ),
    Check(
        "anchors",
        lambda facts: facts.machine.anchors or "none (development)",
        (
            Mistake(
                "anchors", "a file of anchors that cannot be written", Verdict.FAILED,
                lambda facts: facts.machine.anchors if facts.machine.anchors not in ("", "kept") else "",
                "seals stay in the database only: whoever cuts off the end of the books cuts off the proof as well",
                "let `anchor_file` name a file in a directory that the switch's user may write, outside the database's machine",
            ),
            Mistake(
                "anchors", "no file of anchors", Verdict.WARNING, _no_anchors,
                "seals stay in the database only: whoever cuts off the end of the books cuts off the proof as well",
                "`anchor_file = \"/var/lib/cardline/anchors.jsonl\"` in the settings, then `cardline ledger verify --anchors FILE`",
            ),
        ),
    ),
    Check(
        "switch",
        lambda facts: facts.machine.switch or "",
        (
            Mistake(
                "switch", "its ports are taken", Verdict.FAILED, lambda facts: "; ".join(facts.machine.ports_taken),
                "a switch cannot listen where another program does, and does not start",
                "stop that program, or change links.NAME.listen or metrics_listen",
            ),
            Mistake(
                "switch", "an address that is not this machine's", Verdict.FAILED,
                lambda facts: "; ".join(facts.machine.foreign_addresses),
                "a switch cannot listen there, and does not start",
                "`ip -brief address` shows this machine's; 0.0.0.0 means all of them. Change links.NAME.listen or metrics_listen",
            ),
            Mistake(
                "switch", "a network that takes no connection", Verdict.WARNING,
                lambda facts: "; ".join(facts.machine.silent_networks),
                "the switch will call it again and again; until it answers nothing of that network arrives",
                "correct links.NAME.connect, or have the way there opened (`nc -vz HOST PORT` asks again); docs/runbooks/link-down.md",
            ),
            Mistake(
                "switch", "none runs", Verdict.WARNING,
                lambda facts: "none answers on the metrics address" if facts.machine.switch is None else "",
                "nobody answers payments here",
                "start `cardline up` or `cardline serve --config FILE`; if one runs, metrics_listen here is not its own",
            ),
            Mistake(
                "switch", "it is not ready", Verdict.FAILED, _not_ready,
                "authorizations are answered 91",
                "repair what is named above, then look again; docs/runbooks/writer-lost.md",
            ),
            Mistake(
                "switch", "it warns", Verdict.WARNING, _warnings,
                "payments are answered, but something will not stay so",
                "see to what is named: a link (docs/runbooks/link-down.md), partitions (docs/runbooks/partitions-missing.md)",
            ),
        ),
    ),
)  # fmt: skip
