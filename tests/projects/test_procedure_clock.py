"""The clock of a procedure (features 3.2): three kinds of time that never mix and add up; the term with its pauses."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.periods import WorkCalendar, shift
from projects.figures.clock import Step, bar, clock, due_on
from projects.states import procedures as states

PLAIN = WorkCalendar(confirmed_years=range(2020, 2040))


def nov(day, month=11):
    return date(2026, month, day)


def steps(*pairs):
    return [Step(on, state) for on, state in pairs]


# 2026-11: Monday 2, 9, 16, 23, 30; no public holidays.
STRAIGHT = steps((nov(2), "applied"), (nov(4), "accepted"), (nov(18), "granted"))
PAUSED = steps((nov(2), "applied"), (nov(4), "accepted"), (nov(9), "correcting"), (nov(16), "accepted"), (nov(20), "granted"))


def test_department_time_runs_from_the_application():
    found = clock(STRAIGHT, as_of=nov(30), outside=False, calendar=PLAIN)
    assert (found.department, found.applicant, found.outside, found.elapsed) == (12, 0, 0, 12)  # 3–18 November
    assert found.term == 10  # since 受理 on the 4th
    assert found.ended


def test_correction_is_the_applicants_time_and_pauses_the_term():
    found = clock(PAUSED, as_of=nov(30), outside=False, calendar=PLAIN)
    assert (found.department, found.applicant) == (2 + 3 + 4, 5)
    assert (found.elapsed, found.term, found.corrections) == (14, 3 + 4, 1)


def test_time_at_a_body_outside_is_neither_the_departments_nor_the_applicants():
    referred = steps((nov(2), "applied"), (nov(3), "accepted"), (nov(5), "referred"), (nov(19), "accepted"))
    found = clock(referred, as_of=nov(20), outside=False, calendar=PLAIN)
    assert (found.department, found.applicant, found.outside) == (1 + 2 + 1, 0, 10)
    assert found.term == 3
    outside = clock(PAUSED, as_of=nov(30), outside=True, calendar=PLAIN)
    assert (outside.department, outside.applicant, outside.outside) == (0, 5, 9)


def test_a_new_application_begins_anew():
    twice = steps((nov(2), "applied"), (nov(6), "not_accepted"), (nov(16), "applied"), (nov(17), "accepted"))
    assert clock(twice, as_of=nov(18), outside=False, calendar=PLAIN).elapsed == 2


def test_before_the_application_there_is_no_time():
    found = clock([], as_of=nov(18), outside=False, calendar=PLAIN)
    assert (found.elapsed, found.spans, bar(found)) == (0, (), [])


def test_days_worked_in_exchange_and_holidays_count_as_the_calendar_says():
    calendar = WorkCalendar(overrides={nov(7): True, nov(5): False}, confirmed_years={2026})
    found = clock(steps((nov(2), "applied"), (nov(9), "granted")), as_of=nov(9), outside=False, calendar=calendar)
    assert found.elapsed == 5  # 3, 4, 6, Saturday 7, 9


@pytest.mark.parametrize(
    ("events", "days", "expected"),
    [
        (STRAIGHT, 7, nov(13)),
        (STRAIGHT, 20, nov(2, 12)),  # granted early: the day on which the term had ended
        (STRAIGHT[:2], 7, nov(13)),
        (PAUSED, 7, nov(20)),  # 5, 6, 9 | pause | 17, 18, 19, 20
        (PAUSED[:3], 7, None),  # paused
        (PAUSED[:3], 3, nov(9)),  # ran out before the pause
        (STRAIGHT[:1], 7, None),  # not accepted yet
        (STRAIGHT, None, None),
    ],
    ids=["ended", "ended early", "running", "with a pause", "paused", "over before the pause", "not accepted", "no term"],
)
def test_the_end_of_the_term(events, days, expected):
    assert due_on(events, days, calendar=PLAIN) == expected


def test_the_bars_shares_are_whole():
    assert [(word, days, share) for _, word, days, share in bar(clock(PAUSED, as_of=nov(30), outside=False, calendar=PLAIN))] == [
        ("部门", 2, 14), ("部门", 3, 21), ("申请方", 5, 36), ("部门", 4, 29),
    ]  # fmt: skip


# -- whatever happens ---------------------------------------------------------------------------------------------------

START = date(2026, 1, 5)


@st.composite
def histories(draw):
    """A walk through the real table of moves, with a day for each step."""
    state, day, walked = states.NOT_APPLIED, START, []
    for _ in range(draw(st.integers(1, 12))):
        moves = [move for move in states.moves_from(state) if move.target != states.EXEMPT]
        move = draw(st.sampled_from(sorted(moves, key=lambda move: move.name))) if moves else None
        if move is None:
            break
        day, state = shift(day, days=draw(st.integers(0, 30))), move.target
        walked.append(Step(day, state))
    return walked


calendars = st.dictionaries(st.integers(0, 400).map(lambda n: shift(START, days=n)), st.booleans(), max_size=60).map(
    lambda days: WorkCalendar(overrides=days, confirmed_years=range(2020, 2040))
)


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(histories(), calendars, st.integers(0, 60), st.booleans())
def test_the_three_kinds_of_time_add_up(history, calendar, later, outside):
    as_of = shift(history[-1].on, days=later)
    found = clock(history, as_of=as_of, outside=outside, calendar=calendar)
    began = [step.on for step in history if step.state == states.APPLIED]
    ends = history[-1].on if history[-1].state in states.ENDED else as_of
    assert found.department + found.applicant + found.outside == found.elapsed == calendar.workdays_between(began[-1], ends)
    assert 0 <= found.term <= found.department + (found.outside if outside else 0)
    assert sum(share for *_, share in bar(found)) == (100 if found.elapsed else 0)


@quick
@given(histories(), calendars, st.integers(0, 40))
def test_the_term_ends_when_its_days_are_used(history, calendar, days):
    """While the term runs, the day it ends lies as many working days ahead as are left."""
    end = due_on(history, days, calendar=calendar)
    if end is None or history[-1].state not in states.RUNNING:
        return
    used = clock(history, as_of=history[-1].on, outside=False, calendar=calendar).term
    if used < days:
        assert calendar.workdays_between(history[-1].on, end) == days - used
    else:
        assert end <= history[-1].on or days == 0
