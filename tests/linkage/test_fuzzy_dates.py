"""Dates as counties write them: a span of days, the words kept, a doubt where something was completed or taken out."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.excel.dates import read_when

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def span(raw, **more):
    found = read_when(raw, **more)
    return found.earliest.isoformat(), found.latest.isoformat()


@settings(deadline=None)
@given(day=DAYS)
def test_every_way_to_write_a_day_is_that_day(day):
    y, m, d = day.year, day.month, day.day
    ways = [
        f"{y}年{m}月{d}日", f"{y}-{m}-{d}", f"{y}.{m:02}.{d:02}", f"{y}/{m}/{d}", f"{y}{m:02}{d:02}", f" {y} 年 {m} 月 {d} 日 ",
        f"{y}年{m}月{d}号", f"{y}-{m:02}-{d:02} 00:00:00", datetime.combine(day, time()), day,
        float((day - date(1899, 12, 30)).days),
    ]  # fmt: skip
    for way in ways:
        assert span(way) == (day.isoformat(), day.isoformat()), way
        assert read_when(way).doubt == ""


@settings(deadline=None)
@given(y=st.integers(2000, 2099), m=st.integers(1, 12))
def test_every_way_to_write_a_month_is_the_whole_month(y, m):
    wanted = f"{y}-{m:02}-01", f"{y}-{m:02}-{monthrange(y, m)[1]}"
    for way in (f"{y}年{m}月", f"{y}.{m}", f"{y}-{m:02}", f"{y}/{m}", f"{y}年{m}月日", f"{y}年{m}月份", f"{y}{m:02}"):
        assert span(way) == wanted, way


@settings(deadline=None)
@given(first=DAYS, length=st.integers(0, 900))
def test_a_range_goes_from_its_first_to_its_last_day(first, length):
    last = min(first + timedelta(days=length), date(2099, 12, 31))
    texts = [f"{day.year}年{day.month}月{day.day}日" for day in (first, last)]
    for dash in ("-", "—", "——", "～", "至", " - "):
        assert span(dash.join(texts)) == (first.isoformat(), last.isoformat())
    if last > first:
        with pytest.raises(ValidationError, match="结束早于开始"):
            read_when("-".join(reversed(texts)))


@settings(deadline=None)
@given(raw=st.text(max_size=60) | st.floats() | st.booleans() | st.integers() | st.none())
def test_nothing_but_a_span_a_blank_or_a_reason(raw):
    try:
        found = read_when(raw)
    except ValidationError as error:
        assert "".join(error.messages)
    else:
        assert found is None or found.earliest <= found.latest


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2021年10月日", "2021-10-01", "2021-10-31"),
        ("2023.6", "2023-06-01", "2023-06-30"),
        (2023.6, "2023-06-01", "2023-06-30"),
        ("2024年3-10月", "2024-03-01", "2024-10-31"),
        ("2022年3月—2022年11月", "2022-03-01", "2022-11-30"),
        ("2022年2月——2022年9月", "2022-02-01", "2022-09-30"),
        ("2022年9月19日—28日", "2022-09-19", "2022-09-28"),
        ("2023年4月-2024年2月", "2023-04-01", "2024-02-29"),
        ("2026/3-2026/10", "2026-03-01", "2026-10-31"),
        ("2023.04-2024.02", "2023-04-01", "2024-02-29"),
        ("2018年6月底", "2018-06-21", "2018-06-30"),
        ("2024年5月上旬", "2024-05-01", "2024-05-10"),
        ("2024年第二季度", "2024-04-01", "2024-06-30"),
        ("2024年上半年", "2024-01-01", "2024-06-30"),
        ("2024年底", "2024-12-01", "2024-12-31"),
        ("2024年", "2024-01-01", "2024-12-31"),
        ("45000", "2023-03-15", "2023-03-15"),
    ],
)
def test_fuzzy_dates(text, earliest, latest):
    assert span(text) == (earliest, latest)


@pytest.mark.parametrize(
    ("raw", "earliest", "latest", "doubt"),
    [
        (2023.1, "2023-01-01", "2023-10-31", "“2023.1”可能是 1 月，也可能是 10 月，请核对。"),
        ("公示2022年9月19日—28日", "2022-09-19", "2022-09-28", "从“公示2022年9月19日-28日”里取出的日期，请核对。"),
        ("第一批2022年3月,第二批2022年8月", "2022-03-01", "2022-08-31", "“第一批2022年3月,第二批2022年8月”里的日期不止一个或夹有文字，请核对。"),
    ],
)
def test_what_was_not_certain_is_said(raw, earliest, latest, doubt):
    found = read_when(raw)
    assert (found.earliest.isoformat(), found.latest.isoformat(), found.doubt) == (earliest, latest, doubt)


def test_a_date_without_a_year_takes_that_of_the_table_and_says_so():
    found = read_when("6月15日", year=2026)
    assert (found.earliest, found.doubt) == (date(2026, 6, 15), "没有写年份，按 2026 年读，请核对。")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("20223年11月", "年份多写了数字"),
        ("建设工期11个月", "只有期限"),
        ("2023年2月30日", "不是日历上的日子"),
        ("2023.13", "不是日历上的日子"),
        ("6月15日", "没有年份"),
        ("已完工", "不是日期"),
        ("0000年1月", "年份不对"),
        ("#N/A", "公式错误"),
        (True, "须填日期"),
        (1e300, "不是日期"),
        ("日" * 300, "300 个字"),
    ],
)
def test_what_is_no_date_says_why(raw, why):
    with pytest.raises(ValidationError) as caught:
        read_when(raw)
    assert why in caught.value.messages[0]


@pytest.mark.parametrize("blank", ["", "—", " ", None, "/"])
def test_blank(blank):
    assert read_when(blank) is None
