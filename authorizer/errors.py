"""The faults of this package. A refusal is never one of them: it is a value.

AuthorizerError
├── CacheUnavailableError   retriable; Redis did not answer, or not with sense: the ledger is asked instead
├── FactsUnavailableError   retriable; neither the cache nor the ledger could say what is known about the card
├── StoreOverloadedError    retriable; more requests wait for facts than the limit allows: answer 91
├── KeyAbsentError          not retriable, the operator's; the key ring has no key for this
├── KeyFileError            not retriable, the operator's; a key file cannot be read, opened or written
└── SealedPanError          not retriable, the operator's; a kept card number does not open under this key
"""


class AuthorizerError(Exception):
    is_retriable = True


class CacheUnavailableError(AuthorizerError):
    """Never leaves the store. `is_refusal`: Redis answered, with an error; the same call would fail again."""

    def __init__(self, message: str, *, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal


class FactsUnavailableError(AuthorizerError):
    """The ledger did not answer the loader. The cause is chained."""


class StoreOverloadedError(AuthorizerError):
    """The queue in front of the store is full."""


class KeyAbsentError(AuthorizerError):
    """Names the key, which is no secret."""

    is_retriable = False


class KeyFileError(AuthorizerError):
    """One line for the operator: the file, the key, what is wrong. Never a key."""

    is_retriable = False


class SealedPanError(AuthorizerError):
    """Names the card's id, never the number."""

    is_retriable = False
