"""How quickly payments are answered, as the switch's own metrics page says it."""

from prometheus_client import generate_latest

from cardline.metrics import Metrics
from cardline.running.payment_times import answers, counted
from clearing.pacing import Answers


def test_the_page_that_the_switch_writes_is_understood() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.004, 0.02, 0.2, 3.0):
        metrics.authorization("approved", "approved", seconds)
    assert counted(generate_latest(metrics.registry).decode()) == Answers(5, 3)


def test_a_page_without_payments_says_nothing() -> None:
    assert counted("# nothing here\n") is None


def test_where_nobody_answers_there_is_nothing_to_know() -> None:
    assert answers("127.0.0.1:1") is None
