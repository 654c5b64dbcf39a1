"""cardutil is the oracle: what it writes we read, what we write it reads, record by record."""

import binascii
import codecs
import io
from collections.abc import Iterator
from typing import Any

import pytest
from cardutil import mciipm
from cardutil.config import config
from hypothesis import given, settings
from hypothesis import strategies as st
from ipm_samples import CHARACTER_SETS, MESSAGES, presentment, written

from clearing.ipm.characters import CharacterSet
from clearing.ipm.elements import CARRIERS, MESSAGE_TYPES
from clearing.ipm.framing import Framing
from clearing.ipm.messages import IpmMessage
from clearing.ipm.reader import IpmReader, IpmRecord
from clearing.ipm.recognition import FileForm

# cardutil's own elements, without its conversions to numbers and dates: those would forget how a value was written.
PLAIN: dict[str, Any] = {
    number: {key: value for key, value in element.items() if key not in ("field_python_type", "field_processor_config")}
    for number, element in config["bit_config"].items()
}
KNOWN_FRAMINGS = st.sampled_from([Framing.VBS, Framing.BLOCKED])


@pytest.fixture(scope="module", autouse=True)
def _a_codec_for_cp1047() -> Iterator[None]:
    """cardutil takes codecs by name, and Python has none of this name."""
    own = CharacterSet.CP1047

    def find(name: str) -> codecs.CodecInfo | None:
        if name != "cp1047":
            return None
        return codecs.CodecInfo(
            lambda text, errors="strict": (own.encode(text), len(text)),
            lambda data, errors="strict": (own.decode(bytes(data)), len(data)),
        )

    codecs.register(find)
    yield
    codecs.unregister(find)


def as_cardutil(message: IpmMessage) -> dict[str, Any]:
    elements = {f"DE{number}": value for number, value in message.elements.items()}
    return {"MTI": message.mti, **elements, **{f"PDS{tag}": value for tag, value in message.pds.items()}}


def from_cardutil(record: dict[str, Any]) -> IpmMessage:
    elements = {int(key[2:]): value for key, value in record.items() if key.startswith("DE") and key[2:].isdigit()}
    elements = {number: value for number, value in elements.items() if number not in CARRIERS}
    if "ICC_DATA" in record:
        elements[55] = binascii.unhexlify(record["ICC_DATA"])
    return IpmMessage(record["MTI"], elements, {key[3:]: value for key, value in record.items() if key.startswith("PDS")})


def written_by_cardutil(messages: list[IpmMessage], form: FileForm) -> bytes:
    out = io.BytesIO()
    writer = mciipm.IpmWriter(out, encoding=form.character_set.value, iso_config=PLAIN, blocked=form.framing is Framing.BLOCKED)
    for message in messages:
        writer.write(as_cardutil(message))
    writer.close()
    return out.getvalue()


def read_by_cardutil(data: bytes, form: FileForm) -> list[IpmMessage]:
    reader = mciipm.IpmReader(
        io.BytesIO(data), encoding=form.character_set.value, iso_config=PLAIN, blocked=form.framing is Framing.BLOCKED
    )
    return [from_cardutil(record) for record in reader]


def read(data: bytes, form: FileForm | None = None) -> list[IpmMessage]:
    records = list(IpmReader(io.BytesIO(data), form))
    assert all(isinstance(record, IpmRecord) for record in records), records
    return [record.message for record in records if isinstance(record, IpmRecord)]


FORMS = st.builds(FileForm, KNOWN_FRAMINGS, CHARACTER_SETS)


@settings(max_examples=25)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=4), form=FORMS)
def test_what_cardutil_writes_we_read(messages: list[IpmMessage], form: FileForm) -> None:
    assert read(written_by_cardutil(messages, form), form) == messages


@settings(max_examples=25)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=4), form=FORMS)
def test_what_we_write_cardutil_reads(messages: list[IpmMessage], form: FileForm) -> None:
    assert read_by_cardutil(written(messages, form), form) == messages


@settings(max_examples=25)
@given(messages=st.lists(MESSAGES, min_size=1, max_size=4), form=FORMS)
def test_the_bytes_of_a_file_are_the_same(messages: list[IpmMessage], form: FileForm) -> None:
    ours, theirs = written(messages, form), written_by_cardutil(messages, form)
    assert ours == theirs or (form.framing is Framing.BLOCKED and theirs == ours + b"@" * 1014)


@settings(max_examples=25)
@given(
    amount=st.integers(0, 999_999_999_999),
    pds=st.text(st.characters(max_codepoint=126, min_codepoint=32), min_size=1, max_size=992),
)
def test_cardutils_own_conversions_give_our_amounts_and_pds(amount: int, pds: str) -> None:
    form = FileForm(Framing.VBS, CharacterSet.CP500)
    (record,) = mciipm.IpmReader(io.BytesIO(written([presentment(7, amount, P0999=pds)], form)), encoding="cp500")
    assert (record["MTI"], record["DE4"], record["DE71"], record["PDS0999"]) == ("1240", amount, 7, pds)
    assert record["DE43_SUBURB"] == "ROMA"


@pytest.mark.parametrize("blocked", [False, True])
@pytest.mark.parametrize("encoding", ["latin_1", "cp500", "cp037"])
def test_a_file_of_cardutils_own_making_is_recognized(encoding: str, blocked: bool) -> None:
    out = io.BytesIO()
    writer = mciipm.IpmWriter(out, encoding=encoding, blocked=blocked)
    for number in range(1, 40):
        writer.write({"MTI": "1240", "DE2": "5413330000000019", "DE4": number, "DE71": number, "PDS0999": "HEY! [1]"})
    writer.close()
    messages = read(out.getvalue())
    assert [int(message.text(4)) for message in messages] == list(range(1, 40))
    assert {message.pds["0999"] for message in messages} == {"HEY! [1]"}
    assert {message.mti for message in messages} <= set(MESSAGE_TYPES)
