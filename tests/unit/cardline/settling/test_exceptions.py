"""The list of what waits, as it fits on a terminal."""

from datetime import date

from rich.console import Console

from cardline.settling.exceptions import listed

ROW = {
    "exception_id": 17, "kind": "unauthorized_presentment", "subject": "clearing 0022611260000020090000001/1234567",
    "amount": 123_456, "asset": "EUR", "status": "open", "owner": "disputes", "age_days": 0, "reason": "4808",
    "deadline": date(2027, 2, 24), "due_act": "charge_back", "due_by": "issuer", "is_overdue": False,
}  # fmt: skip


def test_what_an_item_is_about_is_whole_however_narrow_the_terminal() -> None:
    for width in (80, 120):
        console = Console(width=width)
        with console.capture() as printed:
            console.print(listed([ROW], with_status=False))
        columns = [line.split("\u2502") for line in printed.get().splitlines() if line.startswith("\u2502")]
        assert "".join(line[3].strip() for line in columns) == "0022611260000020090000001/1234567"
        assert " ".join(line[2].strip() for line in columns).replace(" ", "") == "unauthorizedpresentment"
