"""Weeks, months, quarters and the year-end period (features 5.2). Expected days are taken by hand from the notices
on public holidays of 2024 (国办发明电〔2023〕7号), 2025 (〔2024〕12号) and 2026 (〔2025〕7号)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from linkage import periods
from linkage.periods import Month, Quarter, Week, WorkCalendar, extra_window, moment, weeks_between

STATE = WorkCalendar()
ALL_WEEKS = weeks_between(Week(2024, 1), Week(2027, 52))


def day(text):
    return date.fromisoformat(text)


# key, first and last day counted, due day
BY_HAND = [
    ("2024-W01", "2023-12-29", "2024-01-04", "2024-01-05"),
    ("2024-W06", "2024-02-02", "2024-02-08", "2024-02-09"),
    ("2024-W07", "2024-02-09", "2024-02-17", "2024-02-18"),  # Monday to Friday off, Sunday 18th worked
    ("2024-W08", "2024-02-18", "2024-02-22", "2024-02-23"),
    ("2024-W14", "2024-03-29", "2024-04-02", "2024-04-03"),  # 清明 on Thursday and Friday
    ("2024-W18", "2024-04-26", "2024-04-29", "2024-04-30"),
    ("2024-W40", "2024-09-27", "2024-09-29", "2024-09-30"),  # only Monday worked
    ("2024-W41", "2024-09-30", "2024-10-10", "2024-10-11"),
    ("2025-W01", "2024-12-27", "2025-01-02", "2025-01-03"),
    ("2025-W05", "2025-01-24", "2025-01-26", "2025-01-27"),  # only Monday worked
    ("2025-W06", "2025-01-27", "2025-02-06", "2025-02-07"),
    ("2025-W14", "2025-03-28", "2025-04-02", "2025-04-03"),
    ("2025-W18", "2025-04-25", "2025-04-29", "2025-04-30"),
    ("2025-W40", "2025-09-26", "2025-09-29", "2025-09-30"),
    ("2025-W41", "2025-09-30", "2025-10-09", "2025-10-10"),
    ("2025-W52", "2025-12-19", "2025-12-25", "2025-12-26"),
    ("2026-W01", "2025-12-26", "2025-12-30", "2025-12-31"),
    ("2026-W02", "2025-12-31", "2026-01-08", "2026-01-09"),
    ("2026-W07", "2026-02-06", "2026-02-12", "2026-02-13"),  # Saturday 14th is worked too, Friday is the due day
    ("2026-W09", "2026-02-13", "2026-02-26", "2026-02-27"),  # W08 flows in
    ("2026-W18", "2026-04-24", "2026-04-29", "2026-04-30"),
    ("2026-W19", "2026-04-30", "2026-05-07", "2026-05-08"),
    ("2026-W25", "2026-06-12", "2026-06-17", "2026-06-18"),
    ("2026-W39", "2026-09-18", "2026-09-23", "2026-09-24"),
    ("2026-W40", "2026-09-24", "2026-09-29", "2026-09-30"),
    ("2026-W41", "2026-09-30", "2026-10-08", "2026-10-09"),
    ("2026-W47", "2026-11-13", "2026-11-19", "2026-11-20"),
    ("2026-W53", "2026-12-25", "2026-12-30", "2026-12-31"),  # Friday is New Year's Day
]


@pytest.mark.parametrize(("key", "starts_on", "ends_on", "due_on"), BY_HAND)
def test_windows_by_hand(key, starts_on, ends_on, due_on):
    window = Week.parse(key).window(STATE)
    assert (window.starts_on, window.ends_on, window.due_on) == (day(starts_on), day(ends_on), day(due_on))


def test_week_47_of_2026_in_full():
    week = Week.parse("2026-W47")
    window = week.window(STATE, due_hour=17)
    assert window.key == "2026-W47"
    assert window.title == "2026年第47期（11月13日—11月19日）"
    assert window.opens_at.isoformat() == "2026-11-16T00:00:00+08:00"
    assert window.cutoff_at.isoformat() == "2026-11-20T00:00:00+08:00"
    assert window.due_at.isoformat() == "2026-11-20T17:00:00+08:00"
    assert (window.opens_at, window.cutoff_at, window.due_at) == (
        week.opens_at,
        week.cutoff_at(STATE),
        week.due_at(STATE),
    )
    assert (window.month.key, window.quarter.key) == ("2026-11", "2026-Q4")
    assert window.contains(day("2026-11-13")) and window.contains(day("2026-11-19"))
    assert not window.contains(day("2026-11-12")) and not window.contains(day("2026-11-20"))
    assert week.window(STATE, due_hour=12).due_at.isoformat() == "2026-11-20T12:00:00+08:00"


def test_week_8_of_2026_is_a_rest_week():
    week = Week.parse("2026-W08")
    assert week.is_rest(STATE)
    assert week.due_day(STATE) is week.due_at(STATE) is week.cutoff_at(STATE) is week.window(STATE) is None
    assert [w.key for w in ALL_WEEKS if w.year < 2027 and w.is_rest(STATE)] == ["2026-W08"]


def test_titles_across_the_year_write_both_years():
    assert Week.parse("2025-W01").window(STATE).title == "2025年第1期（2024年12月27日—2025年1月2日）"
    assert Week.parse("2026-W01").window(STATE).title == "2026年第1期（2025年12月26日—2025年12月30日）"
    assert Week.parse("2026-W53").window(STATE).title == "2026年第53期（12月25日—12月30日）"
    assert Week.parse("2027-W01").window(STATE).title == "2027年第1期（2026年12月31日—2027年1月7日）"


def test_a_period_belongs_to_the_month_and_quarter_of_its_due_date():
    window = Week.parse("2026-W01").window(STATE)
    assert (window.month.key, window.quarter.key) == ("2025-12", "2025-Q4")
    window = Week.parse("2024-W40").window(STATE)  # counted in September, due on the 30th
    assert (window.month.key, window.quarter.key) == ("2024-09", "2024-Q3")


# -- every week of four years -----------------------------------------------------------------------------------------


def assert_sound(windows, calendar):
    """Windows touch, never overlap; time moves forward; each due day is worked and follows the last day counted."""
    for before, after in zip(windows, windows[1:], strict=False):
        assert after.starts_on == before.ends_on + timedelta(1)
        assert after.cutoff_at == moment(after.ends_on, 24) > before.cutoff_at
        assert after.due_at > before.due_at
        assert after.opens_at > before.opens_at
        assert after.starts_on <= after.ends_on
    for window in windows:
        assert calendar.is_workday(window.due_on)
        assert window.due_on == window.ends_on + timedelta(1)
        assert window.opens_at <= window.cutoff_at < window.due_at
        assert Week.parse(window.key).contains(window.due_on)


def test_all_weeks_of_2024_to_2027():
    assert len(ALL_WEEKS) == 52 + 52 + 53 + 52
    windows = [window for week in ALL_WEEKS if (window := week.window(STATE))]
    assert len(windows) == len(ALL_WEEKS) - 1
    assert len({window.title for window in windows}) == len(windows)
    assert_sound(windows, STATE)


def test_due_days_away_from_friday():
    """By hand: every week of 2024 to 2026 whose due day is not a Friday."""
    moved = {
        week.key: f"{due:%m-%d}"
        for week in ALL_WEEKS
        if week.year < 2027 and (due := week.due_day(STATE)) and due.weekday() != 4
    }
    assert moved == {
        "2024-W07": "02-18",
        "2024-W14": "04-03",
        "2024-W18": "04-30",
        "2024-W40": "09-30",
        "2025-W05": "01-27",
        "2025-W14": "04-03",
        "2025-W18": "04-30",
        "2025-W40": "09-30",
        "2026-W01": "12-31",
        "2026-W18": "04-30",
        "2026-W25": "06-18",
        "2026-W39": "09-24",
        "2026-W40": "09-30",
        "2026-W53": "12-31",
    }


@settings(max_examples=25, deadline=None)
@given(st.dictionaries(st.dates(day("2026-01-01"), day("2026-12-31")), st.booleans(), max_size=120))
def test_windows_stay_sound_whatever_the_override_table_says(overrides):
    calendar = WorkCalendar(overrides)
    weeks = weeks_between(Week(2025, 52), Week(2027, 2))
    assert_sound([window for week in weeks if (window := week.window(calendar))], calendar)


def test_a_week_off_by_override_flows_into_the_next():
    off = {day("2026-11-16") + timedelta(n): False for n in range(7)}
    calendar = WorkCalendar(off)
    assert Week.parse("2026-W47").window(calendar) is None
    assert Week.parse("2026-W48").window(calendar).title == "2026年第48期（11月13日—11月26日）"


def test_a_weekend_worked_in_exchange_is_due_only_when_the_week_was_off():
    off = {day("2026-11-16") + timedelta(n): False for n in range(5)}
    assert Week.parse("2026-W47").due_day(WorkCalendar(off | {day("2026-11-21"): True})) == day("2026-11-21")
    both = {day("2026-11-21"): True, day("2026-11-22"): True}
    assert Week.parse("2026-W47").due_day(WorkCalendar(off | both)) == day("2026-11-21")
    assert Week.parse("2026-W47").due_day(WorkCalendar(both)) == day("2026-11-20")


# -- year end ---------------------------------------------------------------------------------------------------------


def year_end(calendar, cutoff_on="2026-12-31", due_on="2027-01-08"):
    return extra_window(
        key="2026-YE", title="2026年年终期", cutoff_on=day(cutoff_on), due_on=day(due_on), calendar=calendar
    )


def test_the_year_end_period_sits_between_two_weeks():
    calendar = WorkCalendar(extra_cutoffs={day("2026-12-31")})
    window = year_end(calendar)
    assert window.title == "2026年年终期（12月31日）"  # W53 was cut off at 24:00 of the 30th
    assert (window.starts_on, window.ends_on) == (day("2026-12-31"), day("2026-12-31"))
    assert window.cutoff_at.isoformat() == window.opens_at.isoformat() == "2027-01-01T00:00:00+08:00"
    assert window.due_at.isoformat() == "2027-01-08T17:00:00+08:00"
    assert (window.month.key, window.quarter.key) == ("2027-01", "2027-Q1")
    assert Week.parse("2027-W01").window(calendar).title == "2027年第1期（1月1日—1月7日）"
    assert Week.parse("2026-W53").window(calendar) == Week.parse("2026-W53").window(STATE)


def test_a_year_end_period_of_2025_begins_on_the_last_due_day():
    calendar = WorkCalendar(extra_cutoffs={day("2025-12-31")})
    window = extra_window(
        key="2025-YE", title="2025年年终期", cutoff_on=day("2025-12-31"), due_on=day("2026-01-07"), calendar=calendar
    )
    assert window.starts_on == day("2025-12-31")  # 2026-W01 was due, and cut off, on that day
    assert Week.parse("2026-W02").window(calendar).starts_on == day("2026-01-01")


def test_an_extra_period_cut_off_with_a_week_counts_the_same_days():
    calendar = WorkCalendar(extra_cutoffs={day("2026-11-19")})
    window = year_end(calendar, "2026-11-19", "2026-11-25")
    week = Week.parse("2026-W47").window(calendar)
    assert (
        (window.starts_on, window.ends_on) == (week.starts_on, week.ends_on) == (day("2026-11-13"), day("2026-11-19"))
    )
    assert Week.parse("2026-W48").window(calendar).starts_on == day("2026-11-20")


def test_an_extra_period_is_due_after_its_cutoff():
    with pytest.raises(ValueError, match="after its cut-off"):
        year_end(STATE, "2026-12-31", "2026-12-31")


@settings(max_examples=25, deadline=None)
@given(st.sets(st.dates(day("2026-01-01"), day("2026-12-31")), max_size=4))
def test_weeks_and_extra_periods_together_leave_no_gap(cutoffs):
    calendar = WorkCalendar(extra_cutoffs=cutoffs)
    windows = [w for week in weeks_between(Week(2025, 50), Week(2027, 3)) if (w := week.window(calendar))]
    assume(not cutoffs & {window.ends_on for window in windows})
    windows += [
        extra_window(key=str(c), title="加期", cutoff_on=c, due_on=c + timedelta(5), calendar=calendar) for c in cutoffs
    ]
    windows.sort(key=lambda window: window.cutoff_at)
    for before, after in zip(windows, windows[1:], strict=False):
        assert after.starts_on == before.ends_on + timedelta(1)
        assert after.starts_on <= after.ends_on


# -- keys and order ---------------------------------------------------------------------------------------------------


def test_keys_parse_back_and_sort_in_time():
    assert [Week.parse(week.key) for week in ALL_WEEKS] == ALL_WEEKS == sorted(ALL_WEEKS)
    assert sorted(week.key for week in ALL_WEEKS) == [week.key for week in ALL_WEEKS]
    for week in ALL_WEEKS:
        assert week.next().previous() == week
        assert (week.monday.weekday(), week.sunday.weekday()) == (0, 6)
        assert Week.of(week.monday) == Week.of(week.sunday) == week
    assert Week.parse("2026-W53").next().key == "2027-W01"
    assert str(Week.of(day("2027-01-03"))) == "2026-W53"


@pytest.mark.parametrize(
    "key", ["2026-W54", "2025-W53", "2026-W00", "2026-W7", "2026-47", "2026-W47 ", "２０２６-W47", "2026-YE", ""]
)
def test_no_such_week(key):
    with pytest.raises(ValueError):
        Week.parse(key)


def test_weeks_between_includes_both_ends():
    assert [week.key for week in weeks_between(Week(2026, 52), Week(2027, 1))] == ["2026-W52", "2026-W53", "2027-W01"]
    assert weeks_between(Week(2026, 2), Week(2026, 1)) == []


def test_months():
    month = Month.parse("2024-02")
    assert (month.first, month.last, month.title) == (day("2024-02-01"), day("2024-02-29"), "2024年2月")
    assert month.contains(day("2024-02-29")) and not month.contains(day("2024-03-01"))
    assert (month.next().key, month.previous().key, str(month.quarter)) == ("2024-03", "2024-01", "2024-Q1")
    assert Month(2026, 12).next() == Month(2027, 1) > Month(2026, 12)
    assert [week.key for week in Month.parse("2026-02").weeks(STATE)] == ["2026-W06", "2026-W07", "2026-W09"]
    assert [week.key for week in Month.parse("2025-12").weeks(STATE)][-1] == "2026-W01"
    for wrong in ("2026-13", "2026-00", "2026-1", "2026-Q1"):
        with pytest.raises(ValueError):
            Month.parse(wrong)


def test_quarters():
    quarter = Quarter.parse("2026-Q4")
    assert (quarter.first, quarter.last, quarter.title) == (day("2026-10-01"), day("2026-12-31"), "2026年第四季度")
    assert [month.key for month in quarter.months] == ["2026-10", "2026-11", "2026-12"]
    assert (quarter.next().key, quarter.previous().key) == ("2027-Q1", "2026-Q3")
    assert quarter.contains(day("2026-12-31")) and not quarter.contains(day("2026-09-30"))
    assert [week.key for week in quarter.weeks(STATE)] == [f"2026-W{n}" for n in range(41, 54)]
    for wrong in ("2026-Q0", "2026-Q5", "2026-q1", "2026-W01"):
        with pytest.raises(ValueError):
            Quarter.parse(wrong)


def test_every_week_is_in_exactly_one_month_and_quarter():
    for unit, first, count in ((Month, Month(2024, 1), 48), (Quarter, Quarter(2024, 1), 16)):
        found, period = [], first
        for _ in range(count):
            found += period.weeks(STATE)
            period = period.next()
        due_inside = [
            week
            for week in weeks_between(Week(2023, 52), Week(2028, 1))
            if (due := week.due_day(STATE)) and 2024 <= due.year <= 2027
        ]
        assert found == due_inside, unit


# -- linear targets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "by_month", "by_day"),
    [
        ("2026-01-01", "0.083", "0.0027"),
        ("2023-04-30", "0.333", "0.3288"),
        ("2023-05-31", "0.417", "0.4137"),
        ("2026-09-30", "0.750", "0.7479"),
        ("2026-11-19", "0.917", "0.8849"),
        ("2024-02-29", "0.167", "0.1639"),
        ("2024-12-31", "1.000", "1.0000"),
        ("2026-12-31", "1.000", "1.0000"),
    ],
)
def test_linear_targets(as_of, by_month, by_day):
    assert periods.month_ratio(day(as_of)) == Decimal(by_month)
    assert periods.day_ratio(day(as_of)) == Decimal(by_day)
