"""What is counted of clearing links."""

from typing import Protocol


class IntakeMeter(Protocol):
    """Every call is synchronous and cheap."""

    def clearing_connections(self, link: str, change: int) -> None:
        """So many more (or fewer) connections."""

    def clearing_records(self, link: str, mti: str, direction: str, count: int) -> None:
        """Records of files that came ("in"), messages of answers that left ("out")."""

    def clearing_file(self, link: str, outcome: str) -> None:
        """A file was kept, is known already, was rejected, or its connection was lost (see `FileEnd`)."""

    def connection_refused(self, link: str) -> None:
        """More connections than the profile allows."""

    def malformed(self, link: str) -> None:
        """A record that is no message, or framing lost."""

    def handler_failed(self, link: str) -> None:
        """A fault of ours ended a connection."""
