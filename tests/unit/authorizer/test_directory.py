from authorizer.directory import Directory


def test_what_was_put_is_found_and_nothing_else() -> None:
    directory = Directory()
    directory.put(b"a", 1)
    directory.put(b"a", 2)
    assert directory.get(b"a") == 2
    assert directory.get(b"b") is None


def test_beyond_the_limit_the_least_recently_used_goes() -> None:
    directory = Directory(max_entries=2)
    directory.put(b"a", 1)
    directory.put(b"b", 2)
    directory.get(b"a")
    directory.put(b"c", 3)
    assert [directory.get(token) for token in (b"a", b"b", b"c")] == [1, None, 3]
    assert len(directory) == 2
