"""The clock is Beijing's, whatever the server's zone (linkage/periods/)."""

import time
from datetime import UTC, date, datetime

import pytest

from linkage import periods
from linkage.periods import Month, Week, moment


def test_now_is_the_present_in_beijing():
    assert abs(periods.now().timestamp() - time.time()) < 5
    assert periods.now().utcoffset().total_seconds() == 8 * 3600
    assert periods.today() in {periods.now().date(), periods.shift(periods.now(), minutes=-1).date()}


@pytest.mark.parametrize(
    ("at", "day", "week", "month"),
    [
        # 23:30 and 00:30 in Beijing; from 00:00 to 08:00 the UTC date is still the day before
        (datetime(2026, 11, 20, 15, 30, tzinfo=UTC), date(2026, 11, 20), "2026-W47", "2026-11"),
        (datetime(2026, 11, 20, 16, 30, tzinfo=UTC), date(2026, 11, 21), "2026-W47", "2026-11"),
        (datetime(2026, 11, 22, 15, 30, tzinfo=UTC), date(2026, 11, 22), "2026-W47", "2026-11"),
        (datetime(2026, 11, 22, 16, 30, tzinfo=UTC), date(2026, 11, 23), "2026-W48", "2026-11"),
        (datetime(2026, 11, 30, 16, 30, tzinfo=UTC), date(2026, 12, 1), "2026-W49", "2026-12"),
        (datetime(2026, 12, 31, 15, 30, tzinfo=UTC), date(2026, 12, 31), "2026-W53", "2026-12"),
        (datetime(2026, 12, 31, 16, 30, tzinfo=UTC), date(2027, 1, 1), "2026-W53", "2027-01"),
    ],
)
def test_the_day_of_a_moment_is_beijings(at, day, week, month):
    with periods.clock(at):
        assert periods.now() == at
        assert periods.today() == day
    assert periods.day_of(at) == day
    assert Week.of(at).key == week
    assert Month.of(at).key == month


def test_clock_holds_still_nests_and_is_let_go():
    outer, inner = moment(date(2025, 1, 1), 9), moment(date(2026, 6, 1), 9)
    with periods.clock(outer):
        with pytest.raises(RuntimeError), periods.clock(inner):
            assert periods.now() == periods.now() == inner
            raise RuntimeError
        assert periods.now() == outer
    assert abs(periods.now().timestamp() - time.time()) < 5


def test_naive_moments_are_refused():
    naive = datetime(2026, 11, 20, 17)  # noqa: DTZ001
    for use in (periods.local, periods.day_of, Week.of, Month.of):
        with pytest.raises(ValueError, match="naive"):
            use(naive)
    with pytest.raises(ValueError, match="naive"), periods.clock(naive):
        pass


def test_moment_and_its_arithmetic():
    due = moment(date(2026, 11, 20), 17)
    assert due == datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert moment(date(2026, 11, 19), 24) == moment(date(2026, 11, 20))
    assert moment(date(2026, 11, 20), 8, 30).isoformat() == "2026-11-20T08:30:00+08:00"
    assert periods.shift(due, days=-1, hours=2, minutes=5) == moment(date(2026, 11, 19), 19, 5)
    assert periods.shift(date(2026, 2, 27), days=2) == date(2026, 3, 1)
    assert periods.seconds_between(due, periods.shift(due, minutes=-1.5)) == -90


def test_age_counts_calendar_days_in_beijing():
    assert periods.age_days(date(2026, 11, 1), date(2026, 11, 20)) == 19
    assert periods.age_days(moment(date(2026, 11, 19), 23, 30), moment(date(2026, 11, 20), 0, 30)) == 1
    assert periods.age_days(moment(date(2026, 11, 20), 0, 30), moment(date(2026, 11, 20), 23, 30)) == 0
    assert periods.age_days(datetime(2026, 11, 19, 16, 30, tzinfo=UTC), date(2026, 11, 20)) == 0
    assert periods.age_days(date(2026, 11, 21), date(2026, 11, 20)) == -1


def test_days_of_a_span():
    assert list(periods.days_of(date(2026, 2, 27), date(2026, 3, 1))) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
        date(2026, 3, 1),
    ]
    assert list(periods.days_of(date(2026, 3, 1), date(2026, 2, 28))) == []
