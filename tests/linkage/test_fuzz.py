"""A short run of the fuzz test (`make fuzz` runs it longer): the same files for the same seed, and none of them fails."""

from tests import fuzz


def test_the_same_seed_gives_the_same_files():
    assert fuzz.made(7, 12) == fuzz.made(7, 12)
    assert fuzz.made(7, 12) != fuzz.made(8, 12)


def test_damaged_tables_are_read_or_refused_in_words():
    assert {fuzz.tried(*fuzz.made(2026, number)) for number in range(150)} == {"read", "refused"}
