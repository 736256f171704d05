"""Names of collected tests: the same in every process, and nothing that came out of a file."""

import pytest

LONGEST = 600  # a Chinese character is written as six


def is_odd(nodeid: str) -> bool:
    """A sheet's bytes, an object's address or a whole text in a name: two workers that collect it would not agree."""
    return not nodeid.isprintable() or "PK\\x03" in nodeid or " at 0x" in nodeid or len(nodeid) > LONGEST


def test_no_name_holds_what_a_file_or_an_object_holds(request):
    """All that this run has collected: everything in the whole suite, little when single files are asked for."""
    assert [item.nodeid for item in request.session.items if is_odd(item.nodeid)] == []


@pytest.mark.parametrize(("name", "odd"), [
    ("test_a.py::test_b[a\x00b]", True), ("test_a.py::test_b[PK\\x03\\x04]", True), ("test_a.py::test_b[<object at 0x7f>]", True),
    ("test_a.py::test_b[" + "x" * LONGEST + "]", True), ("test_a.py::test_b[a" + r"\x00" + "b]", False), ("test_a.py::test_b[content0]", False),
], ids=["raw NUL", "zip", "address", "long", "escaped NUL", "named"])  # fmt: skip
def test_what_is_odd(name, odd):
    assert is_odd(name) is odd
