"""Any 1644/685 or 688 gives a position that holds in itself, or one place where it does not."""

from hypothesis import given
from hypothesis import strategies as st
from unit.clearing.settlement.test_positions import detail, net

from clearing.ipm.messages import IpmMessage
from clearing.records import Untranslatable
from clearing.settlement.positions import Position, read_position

TAGS = ["0359", "0372", "0374", "0378", "0390", "0391", "0394", "0395", "0396", "0400", "0401", "0402"]
TEXTS = st.one_of(
    st.text(max_size=70), st.from_regex(r"[DC][0-9]{15,16}", fullmatch=True), st.from_regex(r"[0-9]{10}", fullmatch=True),
    st.sampled_from(["D" + "٣" * 16, "C" + "²" * 16, "٣" * 10, "D" + "9" * 16, " " * 59]),
)  # fmt: skip


def holds(message: IpmMessage) -> None:
    found = read_position(message)
    if isinstance(found, Untranslatable):
        assert found.flaw.reason
        assert (found.flaw.tag is None) is not (found.flaw.element is None)
        return
    assert isinstance(found, Position)
    totals = found.totals
    assert min(totals.debits, totals.credits, totals.debit_count, totals.credit_count) >= 0
    assert found.net in (None, totals.net)
    assert max(totals.debits, totals.credits, abs(totals.net)) < 2**63


@given(st.sampled_from([detail, net]), st.dictionaries(st.sampled_from(TAGS), TEXTS, min_size=1, max_size=3))
def test_any_texts_in_its_pds(made: object, changes: dict[str, str]) -> None:
    assert callable(made)
    holds(made(**{f"P{tag}": text for tag, text in changes.items()}))


@given(st.sampled_from([detail, net]), st.sampled_from([50, 71]), st.text(max_size=8))
def test_any_text_in_its_elements(made: object, element: int, text: str) -> None:
    assert callable(made)
    message = made()
    message.elements[element] = text if element == 50 else f"{abs(hash(text)) % 10**8:08d}"
    holds(message)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-(10**6), 10**6), st.integers(-1, 1))
def test_a_settlement_position_adds_up_or_is_refused_at_its_net(debits: int, credits_: int, fee: int, off: int) -> None:
    def signed(amount: int, width: int) -> str:
        return f"{'D' if amount < 0 else 'C'}{abs(amount):0{width}d}"

    sums = credits_ - debits
    message = net(
        P0390=f"D{debits:016d}", P0391=f"C{credits_:016d}", P0394=signed(sums, 16), P0395=signed(fee, 15),
        P0396=signed(sums + fee + off, 16),
    )  # fmt: skip
    found = read_position(message)
    if off:
        assert isinstance(found, Untranslatable)
        assert found.flaw.tag == "0396"
    else:
        assert isinstance(found, Position)
        assert found.net == sums + fee
