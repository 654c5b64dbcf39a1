"""Mistakes with keys: ours, the cards', and those of what is already stored."""

from cardline.watching.facts import BookFacts, KeptNumber
from cardline.watching.mistakes.mistake import Check, Mistake, Verdict, books


def _other_token_key(found: BookFacts) -> str:
    if not found.is_token_key:
        return "another one made this database's tokens"
    return "kept numbers have other tokens" if found.kept_number is KeptNumber.OTHER_CARD else ""


KEYS = (
    Check(
        "keys",
        lambda _: "the issuer's own",
        (
            Mistake(
                "keys", "no token key", Verdict.FAILED,
                lambda facts: "" if facts.settings.has_token_key else "no token key",
                "card numbers become tokens under it; without it no card is known, and the switch does not start",
                "set CARDLINE_TOKEN_KEY to 64 hexadecimal characters: for a new system `openssl rand -hex 32`, else the one it had",
            ),
            Mistake(
                "keys", "a token key that anybody guesses", Verdict.WARNING,
                lambda facts: "the token key is a few bytes repeated" if facts.settings.has_weak_key else "",
                "whoever guesses it finds every card number behind its token by trying",
                "before the first card is issued: `export CARDLINE_TOKEN_KEY=$(openssl rand -hex 32)`; afterwards cards are new ones",
            ),
            Mistake(
                "keys", "the public test keys", Verdict.WARNING,
                lambda facts: "the public test keys are in use" if facts.settings.uses_test_keys else "",
                "right for development; with them anybody makes valid cards, PINs and cryptograms. `serve` refuses them",
                "before production `cardline keys create keys.json --generate default/cvk ...` (README), or set CARDLINE_KEYS__CVK, "
                "__PVK and __PIN_KEY",
            ),
            Mistake(
                "keys", "a key file that the master key does not open", Verdict.FAILED,
                lambda facts: "; ".join(facts.settings.key_faults),
                "without the cards' keys the switch does not start",
                "set CARDLINE_MASTER_KEY to the master key that this file was made under; `cardline keys show FILE` proves it",
            ),
            Mistake(
                "keys", "others may read the key file", Verdict.WARNING,
                lambda facts: f"{facts.settings.open_key_file} can be read by others" if facts.settings.open_key_file else "",
                "its keys are sealed, but the master key is then all that is between them and a stranger",
                "`chmod 600 FILE`, owned by the user that the switch runs as",
            ),
            Mistake(
                "keys", "others may look into the data directory", Verdict.WARNING,
                lambda facts: facts.machine.open_directory,
                "the books' files, the log and the keys of `up` are there: each has its own mode, and the directory should stand before them",
                "`chmod 700 DIR`, owned by the user that `up` runs as",
            ),
            Mistake(
                "keys", "a token key that did not make the stored tokens", Verdict.FAILED,
                books(_other_token_key),
                "every card is unknown, and every payment would be declined 14: the switch does not start",
                "set CARDLINE_TOKEN_KEY to the key of this database; it cannot be changed under issued cards, and is not rotated",
            ),
            Mistake(
                "keys", "a pan_key that did not seal the kept numbers", Verdict.FAILED,
                books(lambda b: "it does not open what is kept" if b.kept_number is KeptNumber.OTHER_PAN_KEY else ""),
                "the network's stand-in can be told of no card, and approves what is blocked here",
                "set CARDLINE_PAN_KEY to the key of this database",
            ),
        ),
    ),
)  # fmt: skip
