"""Reads scenario files: those that come with the package by name, others by path. What is wrong is said with file, line and key.

Raises ScenarioInvalid and UnknownScenario.
"""

import tomllib
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from simulator.currencies import by_alpha
from simulator.errors import ScenarioInvalid, UnknownScenario
from simulator.stage import bounds
from simulator.stage.causes import ADVICE_CAUSES, REVERSAL_CAUSES
from simulator.stage.language import (
    STEP_KINDS,
    ByNetwork,
    CardNeed,
    ChipData,
    Clock,
    Deliver,
    Expected,
    NetworkNeed,
    Repeat,
    Scenario,
    Send,
    Step,
)
from simulator.stage.lines import Place, line_of
from simulator.stage.merchants import PLACES

SUFFIX = ".toml"
PATTERNS = {
    r"^[0-9]+(\.[0-9]+)?$": 'an amount without a sign, such as "12.50"',
    r"^-?[0-9]+(\.[0-9]+)?$": 'an amount such as "12.50" or "-12.50"',
    r"^[0-9A-Z]{2}$": 'two digits or capital letters, such as "00"',
    r"^[+-][0-9]+[smhd]$": 'a sign, a number and s, m, h or d, such as "+2h"',
    r"^(1[01][0-9]|12[0-8]|[1-9][0-9]?)$": 'the number of an element, "2" to "128"',
    r"^[0-9]{2}$": 'two digits, such as "92"',
    r"^[0-9]{5}$": "five digits",
    r"^[0-9]{1,11}$": "one to eleven digits",
    r"^[0-9]{1,5}[mhd]$": 'a number and m, h or d, such as "7d"',
}
"""The language's patterns, as a person says them."""
INQUIRIES = frozenset({"balance inquiry", "status inquiry", "PIN change"})
Fault = tuple[Place, str]


def names() -> list[str]:
    """The scenarios that come with the package."""
    return sorted(entry.name.removesuffix(SUFFIX) for entry in _directory().iterdir() if entry.name.endswith(SUFFIX))


def scenario(name: str) -> Scenario:
    """By name, or by the path of a file (whatever ends with .toml)."""
    if name.endswith(SUFFIX):
        path = Path(name)
        try:
            return parsed(_text(path.read_bytes(), str(path)), str(path))
        except OSError as error:
            raise UnknownScenario(f"{path}: {error.strerror}") from error
    if name not in names():
        close = get_close_matches(name, names(), 1)
        hint = f"did you mean {close[0]}? " if close else ""
        raise UnknownScenario(f"no scenario is called {name}: {hint}`cardline simulate --list` names them")
    entry = _directory() / f"{name}{SUFFIX}"
    return parsed(entry.read_text(encoding="utf-8"), entry.name)


def parsed(text: str, file: str) -> Scenario:
    """The scenario in `text`; `file` is what an error calls it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        why, _, line = str(error).partition(" (at line ")
        raise ScenarioInvalid(f"{file}:{line.partition(',')[0] or '1'}: is no TOML: {why}") from error
    try:
        found = Scenario.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = _place(first["loc"])
        raise _invalid(file, text, place, _expectation(first, place)) from None
    for place, fault in _faults(found):
        raise _invalid(file, text, place, fault)
    return found


def _text(content: bytes, file: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioInvalid(f"{file}:{line}: expected text in UTF-8, not the byte {content[error.start]:#04x}") from None


def _directory() -> Any:
    return files("simulator") / "scenarios"


def _invalid(file: str, text: str, place: Place, fault: str) -> ScenarioInvalid:
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in place).removeprefix(".")
    return ScenarioInvalid(f"{file}:{line_of(text, place)}: {key or 'the file'}: {fault}")


def _place(location: Sequence[int | str]) -> Place:
    """pydantic's location without the kind of step that it names after the step's number, and its mark for a wrong key."""
    return tuple(part for at, part in enumerate(location) if (at != 2 or location[0] != "steps") and part != "[key]")


def _expectation(error: Any, place: Place) -> str:
    match error["type"]:
        case "extra_forbidden":
            return f"no such key; expected one of {', '.join(_keys_at(place, error['loc']))}"
        case "missing":
            return "is missing"
        case "union_tag_not_found" | "union_tag_invalid":
            return f"expected a step with one of the keys {', '.join(STEP_KINDS)}"
        case "string_pattern_mismatch":
            return f"expected {PATTERNS[error['ctx']['pattern']]}, not {error['input']!r}"
        case "string_type" if isinstance(error["input"], int | float):
            return f'expected text: write it in quotes, "{error["input"]}"'
        case _:
            wanted = str(error["msg"]).replace("Input should be", "expected")
            return f"{wanted[:1].lower()}{wanted[1:]}, not {error['input']!r}"


def _keys_at(place: Place, location: Sequence[int | str]) -> list[str]:
    """The keys that the table around `place` may have."""
    around = place[:-1]
    model: type[BaseModel]
    match around:
        case ():
            model = Scenario
        case ("cards", _):
            model = CardNeed
        case ("network",):
            model = NetworkNeed
        case (*_, "expect"):
            model = Expected
        case (*_, "chip"):
            model = ChipData
        case _:
            model = STEP_KINDS[str(location[2])]
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _faults(found: Scenario) -> Iterator[Fault]:
    """What no type can say: names that mean nothing, amounts that a currency cannot have."""
    for name, need in found.cards.items():
        yield from _amount_faults(("cards", name), need.currency, balance=need.balance, credit_limit=need.credit_limit)
    if found.merchant not in PLACES:
        yield ("merchant",), f"expected one of {', '.join(PLACES)}"
    yield from _time_faults(found)
    known: set[str] = set()
    messages: set[str] = set()
    unsent: set[str] = set()
    for at, step in enumerate(found.steps):
        place = ("steps", at)
        yield from (
            (place + rest, fault) for rest, fault in (*_step_faults(found, step, messages), *_network_faults(found, step))
        )
        if step.name in known:
            yield (*place, "name"), f"a step before is called {step.name} already"
        if step.name:
            known.add(step.name)
        if step.name and isinstance(step, Send | Repeat):
            messages.add(step.name)
        if isinstance(step, Send) and step.unsent:
            unsent.add(step.name)
        if isinstance(step, Deliver):
            for name in sorted((set(step.deliver) & messages) - unsent):
                yield (
                    (*place, "deliver"),
                    f"{name} is sent in its own step: `unsent = true` there keeps it, `repeat` sends it again",
                )


def _time_faults(found: Scenario) -> Iterator[Fault]:
    passed = 0.0
    for at, step in enumerate(found.steps):
        spans = {"clock": getattr(step, "clock", None), "skew": getattr(step, "skew", None)}
        for key, text in spans.items():
            if text is not None and (fault := bounds.span_fault(text)) is not None:
                yield ("steps", at, key), fault
        passed += bounds.seconds_of(spans["clock"] or "+0s")
        if abs(passed) > bounds.MOST_DAYS_IN_ALL * 86_400:
            yield ("steps", at, "clock"), f"expected at most {bounds.MOST_DAYS_IN_ALL} days in the whole scenario"


def _step_faults(found: Scenario, step: Step, messages: set[str]) -> Iterator[Fault]:
    if step.card and step.card not in found.cards:
        yield ("card",), f"no card is called {step.card}; there is: {', '.join(found.cards)}"
    named: list[tuple[str, str | None]] = [("expect", step.expect.same_as)]
    match step:
        case Send():
            named.append(("of", step.of))
            yield from _send_faults(found, step)
        case Repeat():
            named.append(("repeat", step.repeat))
            yield from ((("changed", number), fault) for number, fault in bounds.element_faults(step.changed).items())
        case Deliver():
            named += [("deliver", name) for name in step.deliver]
    for key, name in named:
        if name is not None and name not in messages:
            yield (key,), f"no message before is called {name}"
    if found.card_of(step) in found.cards:
        yield from _expected_faults(step.expect, found.cards[found.card_of(step)].currency)


def _network_faults(found: Scenario, step: Step) -> Iterator[Fault]:
    if found.network is None:
        if isinstance(step, ByNetwork) or step.expect.by is not None or step.expect.events:
            yield (), "a network's acts and reports need a [network] table"
    elif not isinstance(step, Send | ByNetwork | Clock):
        yield (), "a [network] plays send, network and clock steps only"
    elif isinstance(step, Send) and (step.unsent or step.cut or step.send in {"0180", "0190", "0800"}):
        yield ("send",), "a [network] sends whole payments, and its acknowledgements by itself"


def _send_faults(found: Scenario, step: Send) -> Iterator[Fault]:
    if step.merchant is not None and step.merchant not in PLACES:
        yield ("merchant",), f"expected one of {', '.join(PLACES)}"
    needs_original = step.send in {"0180", "0190", "0400", "0420"} or step.purpose in {"increment", "completion", "stand-in"}
    if needs_original and step.of is None:
        yield ("of",), "is missing: expected the name of an earlier step"
    is_payment = step.send in {"0100", "0200", "0120", "0220"} and step.purpose not in INQUIRIES
    if is_payment and step.amount is None and step.of is None:
        yield ("amount",), "is missing"
    yield from ((("elements", number), fault) for number, fault in bounds.element_faults(step.elements).items())
    causes = ADVICE_CAUSES if step.send in {"0120", "0220"} else REVERSAL_CAUSES
    if step.cause is not None and step.cause not in causes:
        yield ("cause",), f"expected one of {', '.join(causes)}"
    own = found.cards[found.card_of(step)].currency if found.card_of(step) in found.cards else "EUR"
    amounts = {"amount": step.amount, "left": step.left, "cashback": step.cashback}
    yield from _amount_faults((), step.currency or own, **amounts)
    yield from _amount_faults((), own, billing=step.billing)


def _expected_faults(expected: Expected, own: str) -> Iterator[Fault]:
    amounts = {key: getattr(expected, key) for key in ("balance", "available", "posted", "holds", "billing")}
    yield from _amount_faults(("expect",), own, **amounts)
    for kind, posted in (expected.postings or {}).items():
        for text in posted:
            yield from _amount_faults(("expect", "postings"), own, **{kind.value: text})


def _amount_faults(place: Place, currency: str, **amounts: str | None) -> Iterator[Fault]:
    try:
        exponent = by_alpha(currency).exponent
    except KeyError:
        yield (*place, "currency"), f"the simulator does not play {currency}"
        return
    for key, text in amounts.items():
        if text is not None and len(text.partition(".")[2]) > exponent:
            yield (*place, key), f"{currency} has {exponent} decimals, not as many as {text!r}"
        elif text is not None and (fault := bounds.amount_fault(text, currency)) is not None:
            yield (*place, key), fault
