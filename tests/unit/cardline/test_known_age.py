from cardline.known_age import KnownAge


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_an_age_grows_with_the_clock_when_nobody_tells_it_any_more() -> None:
    clock = Clock()
    age = KnownAge(60, clock)
    age.told(3.0)
    clock.now += 900
    assert age.seconds() == 903


def test_nought_is_believed_for_a_while_and_no_longer() -> None:
    clock = Clock()
    age = KnownAge(60, clock)
    age.told(0.0)
    clock.now += 60
    assert age.seconds() == 0
    clock.now += 1
    assert age.seconds() == 61


def test_where_nothing_was_ever_told_it_counts_from_the_beginning() -> None:
    clock = Clock()
    age = KnownAge(60, clock)
    clock.now += 1000
    assert age.seconds() == 1000
