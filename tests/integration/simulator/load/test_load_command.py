"""`cardline load` against a stub host: what it prints, and its exit code."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from answering import approve

from simulator.client import Target
from switch.iso8583 import Malformed, Message

StubIssuer = Callable[..., Awaitable[Target]]
PATIENCE_SECONDS = 60.0


async def command(*words: object) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `cardline load`."""
    process = await started(*words)
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def started(*words: object) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cardline", "load", *map(str, words),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("CARDLINE_")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


async def test_every_step_is_told_with_stable_keys(stub_issuer: StubIssuer, card_file: Path, tmp_path: Path) -> None:
    target, picture = await stub_issuer(approve), tmp_path / "a.svg"
    code, out, err = await command(
        "--steps", "20,60", "--duration", 0.5, "--mix", "purchases", "--host", target, "--cards", card_file, "--seed", 7,
        "--json", "--plot", picture,
    )  # fmt: skip
    document = json.loads(out)
    assert list(document) == [
        "held", "verdict", "host", "profile", "mix", "seed", "cards", "connections", "processes", "limit_seconds", "steps",
    ]  # fmt: skip
    assert (document["mix"], document["seed"], document["host"], document["cards"]) == ("purchases", 7, str(target), 5)
    assert [(step["rate_asked"], step["planned"], step["answered"]) for step in document["steps"]] == [(20, 10, 10), (60, 30, 30)]
    assert [step["codes"] for step in document["steps"]] == [{"00": 10}, {"00": 30}]
    assert list(document["steps"][0]["latency_ms"]) == ["p50", "p90", "p99", "p999", "max", "mean"]
    assert code == (0 if document["held"] else 1)
    # on a busy machine the generator may have been late; nothing else may be wrong
    assert all("the generator was the limit" in reason for step in document["steps"] for reason in step["reasons"]), err
    assert "<svg" in picture.read_text()


async def test_messages_left_unanswered_are_exit_code_1(stub_issuer: StubIssuer, card_file: Path) -> None:
    def every_second(message: Message | Malformed) -> Message | None:
        assert isinstance(message, Message)
        return approve(message) if int(message.text(11)) % 2 else None

    target = await stub_issuer(every_second)
    code, out, err = await command(
        "--rate", 20, "--duration", 0.5, "--mix", "purchases", "--host", target, "--cards", card_file, "--limit", 0.5
    )
    assert code == 1
    assert "not held: 20/s: " in err
    assert "5 of 10 messages were not answered within 0.5 s" in err
    assert "00:5" in out


async def test_ctrl_c_ends_with_the_figures_so_far(stub_issuer: StubIssuer, card_file: Path) -> None:
    answered = asyncio.Event()

    def answer(message: Message | Malformed) -> Message | None:
        answered.set()
        return approve(message)

    target = await stub_issuer(answer)
    words = ("--rate", 50, "--duration", 600, "--mix", "purchases", "--host", target, "--cards", card_file, "--json")
    process = await started(*words)
    await asyncio.wait_for(answered.wait(), PATIENCE_SECONDS)
    process.send_signal(signal.SIGINT)
    out, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    (step,) = json.loads(out)["steps"]
    assert process.returncode == 130
    assert "it was interrupted" in step["reasons"]
    assert 0 < step["answered"] <= step["sent"] < step["planned"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--rate", 10, "--steps", "1,2"), "give either --rate or --steps"),
        ((), "give either --rate or --steps"),
        (("--steps", "10,,20"), "--steps 10,,20: has to be rates over 0"),
        (("--rate", 10, "--mix", "nothing"), "mix nothing: there is no such file"),
        (("--rate", 10, "--plot", "a.pdf"), "--plot a.pdf: has to end in .png or .svg"),
        (("--rate", 10, "--processes", 3, "--connections", 2), "--processes 3: more than --connections 2"),
        (("--rate", 10, "--data-dir", "nowhere"), "no `cardline up` is running in"),
        (("--rate", 10, "--host", "127.0.0.1:1", "--cards", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    words: tuple[object, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from cardline.cli import main

    assert main(["load", *map(str, words)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1


def test_for_a_host_that_is_not_there_no_card_is_seeded(capsys: pytest.CaptureFixture[str]) -> None:
    from cardline.cli import main

    assert main(["load", "--rate", "10", "--host", "127.0.0.1:1", "--data-dir", "nowhere"]) == 1
    assert capsys.readouterr().err == (
        "cardline: not held: 127.0.0.1:1 cannot be reached: Connection refused; no card was seeded\n"
    )


def test_a_host_that_is_not_there_is_a_verdict(card_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cardline.cli import main

    code = main(["load", "--rate", "10", "--host", "127.0.0.1:1", "--cards", str(card_file), "--json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["held"], document["steps"]) == (1, False, [])
    assert document["verdict"] == "not held: 127.0.0.1:1 cannot be reached: Connection refused"
