"""Why a request was refused, in the domain's own words. The way out to DE 39 is one table in `switch/responses.py`."""

from enum import StrEnum


class DeclineReason(StrEnum):
    """In the order in which most issuers look: format, repeat, card, expiry, PIN, CVC, controls, funds, ourselves."""

    FORMAT_ERROR = "format_error"
    DUPLICATE_MISMATCH = "duplicate_mismatch"
    REVERSED_BEFORE = "reversed_before"
    UNKNOWN_CARD = "unknown_card"
    CARD_LOST = "card_lost"
    CARD_STOLEN = "card_stolen"
    CARD_BLOCKED = "card_blocked"
    CARD_INACTIVE = "card_inactive"
    CARD_CLOSED = "card_closed"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    CARD_EXPIRED = "card_expired"
    EXPIRY_MISMATCH = "expiry_mismatch"
    WRONG_CVC2 = "wrong_cvc2"
    WRONG_PIN = "wrong_pin"
    PIN_NOT_VERIFIABLE = "pin_not_verifiable"
    TRANSACTION_NOT_SUPPORTED = "transaction_not_supported"
    CURRENCY_NOT_SUPPORTED = "currency_not_supported"
    INVALID_AMOUNT = "invalid_amount"
    OVER_LIMIT = "over_limit"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    TIMEOUT = "timeout"
    OVERLOADED = "overloaded"
    SYSTEM_UNAVAILABLE = "system_unavailable"
