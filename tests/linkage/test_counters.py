"""Numbers: per kind, unit and year, never given twice, given back only with the whole act."""

from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from linkage import counters
from linkage.counters import next_numbers


def take(count=1, kind="project", scope="HM", year=2026):
    with transaction.atomic():
        return list(next_numbers(kind, scope, year, count))


def test_numbers_run_on_from_one(db):
    assert [take(), take(), take()] == [[1], [2], [3]]


def test_several_at_once_are_consecutive(db):
    assert take(3) == [1, 2, 3]
    assert take(2) == [4, 5]


def test_kind_unit_and_year_each_have_their_own_series(db):
    take(7)
    assert take(kind="issue") == take(scope="MH") == take(year=2027) == [1]


def test_an_act_that_is_undone_gives_its_number_back(db):
    take()
    with pytest.raises(RuntimeError), transaction.atomic():
        assert list(next_numbers("project", "HM", 2026)) == [2]
        raise RuntimeError
    assert take() == [2]


def test_a_deleted_row_s_number_is_not_given_again(world):
    with transaction.atomic():
        (number,) = next_numbers("project", "HM", 2026)
    world.project(world.huma, "撤回的项目", code=counters.code("HM", 2026, number)).delete()
    assert take() == [number + 1]


def test_codes_are_written_as_people_write_them():
    assert counters.code("HM", 2026, 31) == "HM-2026-0031"
    assert counters.code("HM", 2026, 12345) == "HM-2026-12345"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_no_number_is_given():
    with pytest.raises(RuntimeError):
        next_numbers("project", "HM", 2026)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_the_same_number():
    barrier, given = Barrier(4), []

    def work():
        barrier.wait(timeout=10)
        for _ in range(10):
            given.extend(take())
        connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]
    assert sorted(given) == list(range(1, 41))
