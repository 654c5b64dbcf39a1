from simulator.pin import pin_block


def test_a_block_is_the_published_one() -> None:
    assert pin_block("1234", "1111222233334444", bytes(16)).hex().upper() == "4C0906D10308871A"


def test_another_pin_or_card_makes_another_block() -> None:
    blocks = {pin_block(pin, pan) for pin in ("1234", "1235") for pan in ("5413330000000001", "5413330000000019")}
    assert len(blocks) == 4
