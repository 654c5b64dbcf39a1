"""docs/doctor.md, written from the mistakes themselves: `python -m cardline.guides.doctor > docs/doctor.md`."""

import sys

from cardline.watching.mistakes import CHECKS, Mistake

HEAD = """# What `cardline doctor` finds

`cardline doctor --config FILE` looks at settings, keys, Postgres, Redis, the books, the machine and a running switch, changes
nothing, and says of each mistake what to do. Exit code 1 when something has failed, 0 with warnings only, 2 when the settings
themselves cannot be read (one line names every wrong one). This page is written from `cardline/watching/mistakes`
(`python -m cardline.guides.doctor`); do not edit it. Words in capitals are yours to fill in: `DSN` is CARDLINE_POSTGRES_DSN,
`URL` is CARDLINE_REDIS_URL.
"""


def guide() -> str:
    """The whole text, in Markdown."""
    return HEAD + "".join(
        f"\n## {check.name}\n\n| mistake | | why it matters | what to do |\n|---|---|---|---|\n"
        + "".join(map(_row, check.mistakes))
        for check in CHECKS
    )


def _row(mistake: Mistake) -> str:
    return f"| {mistake.name} | {mistake.verdict.value} | {mistake.why} | {mistake.advice.replace('|', '&#124;')} |\n"


if __name__ == "__main__":
    sys.stdout.write(guide())
