"""Mistakes in the settings and the files that they name."""

from cardline.watching.facts import Away, Facts
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict

_SOON_DAYS = 30.0


def _ended(facts: Facts) -> str:
    return "; ".join(f"{name} ended" for name, days in facts.settings.certificate_days.items() if days <= 0)


def _ending(facts: Facts) -> str:
    soon = {name: days for name, days in facts.settings.certificate_days.items() if 0 < days <= _SOON_DAYS}
    return "; ".join(f"{name} ends in {days:.0f} days" for name, days in soon.items())


def _without_rate(facts: Facts) -> str:
    if isinstance(facts.postgres, Away) or not facts.settings.rates_into:
        return ""
    missing = sorted(set(facts.postgres.books.currencies) - set(facts.settings.rates_into))
    return f"there are accounts in {', '.join(missing)}, and no rate leads there" if missing else ""


CONFIGURATION = (
    Check(
        "configuration",
        lambda _: "the settings and their network profiles read well",
        (
            Mistake(
                "configuration", "a network profile that is not there or not right", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.profile_faults),
                "a link without its profile cannot be opened, and the switch does not start",
                "correct links.NAME.profile: a name in configs/networks or the path of a .toml file (docs/links.md)",
            ),
            Mistake(
                "configuration", "a link takes file updates and there is no pan_key", Verdict.FAILED,
                lambda facts: facts.settings.pan_key_fault,
                "without the numbers of blocked cards the network's stand-in cannot be told of them; the switch does not start",
                "`export CARDLINE_PAN_KEY=$(openssl rand -hex 32)`, kept with the other secrets",
            ),
            Mistake(
                "configuration", "two things listen at one address", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.shared_addresses),
                "only the first gets it, and the switch does not start",
                "give each of links.NAME.listen and metrics_listen a port of its own",
            ),
            Mistake(
                "configuration", "variables that are no settings", Verdict.WARNING,
                lambda facts: ", ".join(facts.settings.stray_variables),
                "what they were meant to set is not set: the default or the file holds",
                "correct the name (docs/settings.md has them all: CARDLINE_TABLE__KEY), or take it away",
            ),
        ),
    ),
    Check(
        "TLS",
        lambda facts: "certificates can be used" if facts.settings.certificate_days else "",
        (
            Mistake(
                "TLS", "certificate, key or authority cannot be used, or do not belong together", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.tls_faults),
                "the link cannot be opened, and the switch does not start",
                "compare `openssl x509 -pubkey -noout -in CERTIFICATE` with `openssl pkey -pubout -in KEY`; both are PEM files",
            ),
            Mistake(
                "TLS", "a certificate has ended", Verdict.FAILED, _ended,
                "the other side refuses every connection",
                "have it renewed, put it at the place of the old one, and restart the switch (docs/runbooks/stop.md)",
            ),
            Mistake(
                "TLS", "a certificate ends soon", Verdict.WARNING, _ending,
                "after that day the other side refuses every connection",
                "have it renewed: `openssl x509 -enddate -noout -in CERTIFICATE` shows the day",
            ),
        ),
    ),
    Check(
        "policy",
        lambda _: "the policy reads well",
        (
            Mistake(
                "policy", "a policy or a draft that cannot be read", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.policy_faults),
                "the switch does not start with it",
                "correct it until `cardline policy check FILE` has nothing to say",
            ),
        ),
    ),
    Check(
        "hold validity",
        lambda _: "the table reads well",
        (
            Mistake(
                "hold validity", "a table of hold validities that cannot be read", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.validity_faults),
                "the switch does not start with it",
                "correct the file of `hold_validity`; start from configs/hold_validity.toml",
            ),
        ),
    ),
    Check(
        "tolerances",
        lambda _: "the table reads well",
        (
            Mistake(
                "tolerances", "a table of clearing tolerances that cannot be read", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.tolerance_faults),
                "no clearing file is posted with it",
                "correct the file of `clearing_tolerances`; start from configs/clearing_tolerances.toml",
            ),
        ),
    ),
    Check(
        "rates",
        lambda facts: "a rate leads to every currency in use" if facts.settings.rates_into else "",
        (
            Mistake(
                "rates", "accounts in a currency that no rate leads to", Verdict.WARNING, _without_rate,
                "what is billed to them in another currency is declined 57 (`currency_not_supported` in report.authorization)",
                "add `\"USD/CUR\" = \"...\"` to [rates] pairs for each currency the network bills in, and restart the switch",
            ),
        ),
    ),
)  # fmt: skip
