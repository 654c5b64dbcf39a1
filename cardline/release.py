"""Which release this is: from the installed package, also where no sources are."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Such as 0.1.0; "unknown" from a source tree that nobody has installed."""
    try:
        return version("cardline")
    except PackageNotFoundError:
        return "unknown"
