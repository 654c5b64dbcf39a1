"""docs/refusals.md, written from the tables of the way out: `python -m switch.refusals_guide > docs/refusals.md`.

Who can do something about a refusal stands here, because it is for people; the codes stand where answers are made.
"""

import sys
from collections.abc import Mapping

from authorizer.reasons import DeclineReason
from switch.check_answers import MERCHANT_ADVICE
from switch.responses import RESPONSE_CODES

CARDHOLDER, MERCHANT, ACQUIRER, SUPPORT, RISK, OPERATIONS, NOBODY = (
    "the cardholder", "the merchant", "the acquirer or the network", "the issuer's support", "the issuer's risk team",
    "the issuer's operations", "nobody",
)  # fmt: skip
REMEDIES: Mapping[DeclineReason, tuple[str, str]] = {
    DeclineReason.FORMAT_ERROR: (ACQUIRER, "send the element that DE 44 names as it must be"),
    DeclineReason.DUPLICATE_MISMATCH: (ACQUIRER, "give every request a key of its own; the first one stands"),
    DeclineReason.REVERSED_BEFORE: (MERCHANT, "ask again under a new key: the reversal of this request has already come"),
    DeclineReason.REPLACED_BY_ADVICE: (NOBODY, "the network's advice of this payment came first and declined it"),
    DeclineReason.UNKNOWN_CARD: (CARDHOLDER, "use a card of this issuer; the number is none of ours"),
    DeclineReason.CARD_LOST: (CARDHOLDER, "use the replacement card"),
    DeclineReason.CARD_STOLEN: (CARDHOLDER, "use the replacement card"),
    DeclineReason.CARD_BLOCKED: (SUPPORT, "unblock the card, if the reason for blocking it is gone"),
    DeclineReason.CARD_INACTIVE: (CARDHOLDER, "activate the card"),
    DeclineReason.CARD_CLOSED: (CARDHOLDER, "use another card: a closed one stays closed"),
    DeclineReason.ACCOUNT_CLOSED: (CARDHOLDER, "use another card: the account is closed"),
    DeclineReason.ACCOUNT_FROZEN: (SUPPORT, "unfreeze the account, if the reason for freezing it is gone"),
    DeclineReason.CARD_EXPIRED: (CARDHOLDER, "use the card that followed, or ask for one"),
    DeclineReason.EXPIRY_MISMATCH: (
        CARDHOLDER,
        "enter the card's expiry; the merchant may have an old one on file",
    ),
    DeclineReason.SEQUENCE_NUMBER_MISMATCH: (
        CARDHOLDER,
        "use the newest card of this number; an older one may be in the terminal",
    ),
    DeclineReason.PIN_TRIES_EXCEEDED: (SUPPORT, "set a new PIN, which gives all tries back"),
    DeclineReason.WRONG_CRYPTOGRAM: (RISK, "look for a forged chip, else for a wrong card sequence number or master key"),
    DeclineReason.CRYPTOGRAM_UNREADABLE: (ACQUIRER, "send every tag of DE 55 that the cryptogram covers"),
    DeclineReason.ATC_REPLAYED: (
        RISK,
        "look for a copied cryptogram, else for a terminal that sends a payment twice",
    ),
    DeclineReason.ATC_TOO_FAR: (RISK, "look for a forged counter; a card that is genuine has to be replaced"),
    DeclineReason.WRONG_CHIP_CVC: (RISK, "look for a chip that was copied from a stripe"),
    DeclineReason.WRONG_CVC1: (RISK, "look for a copied stripe; a worn one is read wrongly too"),
    DeclineReason.WRONG_CVC3: (RISK, "look for a forged contactless payment, else for a wrong layout of the dynamic track"),
    DeclineReason.WRONG_CVC2: (CARDHOLDER, "enter the three digits that stand on the card"),
    DeclineReason.AUTHENTICATION_CONTRADICTORY: (
        ACQUIRER,
        "send the indicator of 3-D Secure (DE 48 SE 42) and the authentication value (SE 43) that belong together",
    ),
    DeclineReason.WRONG_PIN: (CARDHOLDER, "enter the right PIN; after three wrong ones only a new PIN helps"),
    DeclineReason.PIN_UNREADABLE: (ACQUIRER, "encipher the PIN under the key in force, in the format that DE 53 names"),
    DeclineReason.PIN_NOT_VERIFIABLE: (OPERATIONS, "set a PIN for the card, or load the key that it is verified with"),
    DeclineReason.CVC2_REQUIRED: (MERCHANT, "ask the cardholder for the three digits on the card and send them"),
    DeclineReason.AUTHENTICATION_REQUIRED: (MERCHANT, "authenticate the cardholder by 3-D Secure and ask again"),
    DeclineReason.TRANSACTION_NOT_SUPPORTED: (NOBODY, "the product does not have this service"),
    DeclineReason.CURRENCY_NOT_SUPPORTED: (ACQUIRER, "bill in the currency of the account"),
    DeclineReason.INVALID_AMOUNT: (MERCHANT, "ask for an amount above nought"),
    DeclineReason.MCC_NOT_ALLOWED: (CARDHOLDER, "pay elsewhere, or have the controls allow this kind of merchant"),
    DeclineReason.MERCHANT_NOT_ALLOWED: (CARDHOLDER, "pay elsewhere, or have the controls allow this merchant"),
    DeclineReason.COUNTRY_NOT_ALLOWED: (CARDHOLDER, "have the controls allow this country"),
    DeclineReason.CURRENCY_NOT_ALLOWED: (CARDHOLDER, "have the controls allow this currency"),
    DeclineReason.ENTRY_MODE_NOT_ALLOWED: (CARDHOLDER, "present the card in a way that the controls allow"),
    DeclineReason.PRESENCE_NOT_ALLOWED: (CARDHOLDER, "present the card, or have the controls allow payments without it"),
    DeclineReason.CHANNEL_NOT_ALLOWED: (CARDHOLDER, "have the controls allow this channel"),
    DeclineReason.TIME_NOT_ALLOWED: (CARDHOLDER, "try at an hour that the controls allow"),
    DeclineReason.CARD_USED_UP: (CARDHOLDER, "ask for a new card: this one was for a single payment"),
    DeclineReason.OVER_COUNT_LIMIT: (CARDHOLDER, "wait until the limit has room for another payment"),
    DeclineReason.OVER_LIMIT: (CARDHOLDER, "ask for less or wait until the limit has room again"),
    DeclineReason.INSUFFICIENT_FUNDS: (CARDHOLDER, "pay in, or ask for less"),
    DeclineReason.TIMEOUT: (OPERATIONS, "find what was slow; nothing is held, the payment may be tried again"),
    DeclineReason.OVERLOADED: (OPERATIONS, "add capacity or look for a flood; the payment may be tried again"),
    DeclineReason.SYSTEM_UNAVAILABLE: (OPERATIONS, "see /readyz; the payment may be tried again"),
}
"""Who can fix it, and how."""

HEAD = """# Refusals

Every reason for which a request is refused, written from the code (`python -m switch.refusals_guide`); do not edit this file.
The reason is what `report.authorization.reason`, the log and `cardline explain` say. DE 39 is the answer's code; advice is the
merchant advice code in DE 48 SE 84, where the answer has one. The order is that of the decision.
Controls and limits of the policy or of a program are the issuer's risk team's to change, whatever the row says. Format errors are
not in `report.authorization`: `explain RRN` tells them from the kept messages.

| reason | DE 39 | advice | who can fix it | how |
|---|---|---|---|---|
"""


def guide() -> str:
    """The whole text, in Markdown."""
    return HEAD + "".join(_row(reason) for reason in DeclineReason)


def _row(reason: DeclineReason) -> str:
    who, how = REMEDIES[reason]
    return f"| `{reason.value}` | {RESPONSE_CODES[reason]} | {MERCHANT_ADVICE.get(reason, '')} | {who} | {how} |\n"


if __name__ == "__main__":
    sys.stdout.write(guide())
