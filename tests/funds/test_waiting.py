"""Every 分 not yet paid is in exactly one link each day (features 4.5): by hand, and over random dated histories."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from funds.figures.waiting.course import Course, Deal, Pot, Purse, Said, running, segments, split
from funds.figures.waiting.links import Link, Route
from funds.figures.waiting.story import story

D = date


def course(**more):
    """100 万元 arranged on 02-10 to a work: planned 02-20, procedures settled 04-01, begun 05-01, finished 08-31."""
    values = {
        "pk": 1, "unit": 1, "task": 1, "method": "works", "purses": [Purse(1, "central", 2026, [(D(2026, 2, 10), 100_0000_00)])],
        "planned": [(D(2026, 2, 20), 1)], "ready_on": D(2026, 4, 1), "started_on": D(2026, 5, 1), "finished_on": D(2026, 8, 31),
    }  # fmt: skip
    return Course(**(values | more))


def links(found, day):
    """Link → 万元 at the end of a day."""
    sums = {}
    for (_, link), cents in split(found, day).items():
        sums[link.value] = sums.get(link.value, 0) + cents / 1_000_000
    return sums


def test_the_furthest_event_decides_the_link():
    plain = course()
    assert links(plain, D(2026, 2, 9)) == {}  # nothing arranged yet
    assert links(plain, D(2026, 2, 10)) == {"matching": 100}
    assert links(plain, D(2026, 2, 20)) == {"procedure": 100}
    assert links(plain, D(2026, 4, 1)) == {"start": 100}
    assert links(plain, D(2026, 5, 1)) == {"construction": 100}
    assert links(plain, D(2026, 8, 31)) == {"claim": 100}


def test_an_open_procedure_holds_the_money_until_work_begins():
    assert links(course(ready_on=None), D(2026, 4, 30)) == {"procedure": 100}
    assert links(course(ready_on=None), D(2026, 5, 1)) == {"construction": 100}


def test_stated_investment_is_what_could_be_claimed_where_no_terms_are_known():
    said = [Said(D(2026, 6, 4), invested=40_0000_00), Said(D(2026, 6, 11), invested=40_0000_00, claimed=30_0000_00)]
    found = course(said=said)
    found.purses[0].paid = [(D(2026, 6, 8), 5_0000_00)]
    assert links(found, D(2026, 6, 4)) == {"claim": 40, "construction": 60}
    assert links(found, D(2026, 6, 8)) == {"claim": 35, "construction": 60}
    assert links(found, D(2026, 6, 11)) == {"review": 30, "claim": 5, "construction": 60}


def test_a_claim_at_the_treasury_is_told_by_the_step_of_the_statement():
    found = course(said=[Said(D(2026, 6, 11), invested=30_0000_00, claimed=30_0000_00, step="treasury")])
    assert links(found, D(2026, 6, 11)) == {"treasury": 30, "construction": 70}


def test_steps_that_a_county_has_not_hand_on_to_the_next():
    said = [Said(D(2026, 6, 11), invested=40_0000_00, claimed=30_0000_00)]
    assert links(course(said=said, route=Route(claim=False)), D(2026, 6, 11)) == {"review": 40, "construction": 60}
    assert links(course(said=said, route=Route(review=False)), D(2026, 6, 11)) == {"treasury": 30, "claim": 10, "construction": 60}
    assert links(course(said=said, route=Route(claim=False, review=False)), D(2026, 6, 11)) == {"treasury": 40, "construction": 60}


def test_terms_of_the_contract_make_money_due_savings_and_retention_are_named():
    """Control price 95, bid 90 万元: 预付 30 %, 进度 50 %, 结算 17 %, 质保金 3 %. Settled at 88 万元 on 10-15."""
    deal = Deal(
        price=90_0000_00, awarded_on=D(2026, 4, 10), signed_on=D(2026, 4, 20), tender_saving=5_0000_00, settled_on=D(2026, 10, 15),
        settled=88_0000_00, advance=3000, progress=5000, retention=300, has_terms=True,
    )  # fmt: skip
    found = course(deals=[deal], said=[Said(D(2026, 7, 2), ratio=4000)])
    found.purses[0].paid = [(D(2026, 6, 1), 27_0000_00)]
    assert links(found, D(2026, 4, 10)) == {"surplus": 5, "start": 95}
    assert links(found, D(2026, 5, 1)) == {"claim": 27, "surplus": 5, "construction": 68}  # the advance is due
    assert links(found, D(2026, 6, 1)) == {"surplus": 5, "construction": 68}
    assert links(found, D(2026, 7, 2)) == {"claim": 18, "surplus": 5, "construction": 50}  # 90 × 50 % × 40 %
    # finished: 90 − 27 paid − 2.7 retention due; 100 − 90 − 5 is not asked for by any contract and not settled yet
    assert links(found, D(2026, 8, 31)) == {"claim": 65.3, "retention": 2.7, "surplus": 5}
    # settled at 88: retention 2.64, due 88 − 27 − 2.64; everything else is left over
    assert links(found, D(2026, 10, 15)) == {"claim": 58.36, "retention": 2.64, "surplus": 12}


def test_money_of_a_project_taken_out_of_the_library_cannot_be_spent():
    found = course(started_on=None, finished_on=None, planned=[(D(2026, 2, 20), 1), (D(2026, 7, 1), -1)])
    assert links(found, D(2026, 6, 30)) == {"start": 100}
    assert links(found, D(2026, 7, 1)) == {"unspendable": 100}


def test_the_signed_word_that_money_cannot_be_spent_counts_from_its_day():
    found = course(finished_on=None, said=[Said(D(2026, 6, 4)), Said(D(2026, 6, 11), step="unspendable")])
    assert links(found, D(2026, 6, 10)) == {"construction": 100}
    assert links(found, D(2026, 6, 11)) == {"unspendable": 100}


def test_of_two_allocations_the_earlier_is_nearer_to_payment():
    purses = [Purse(1, "central", 2025, [(D(2026, 2, 10), 60_0000_00)]), Purse(2, "provincial", 2026, [(D(2026, 2, 10), 40_0000_00)])]
    found = course(purses=purses, finished_on=None, said=[Said(D(2026, 6, 4), invested=70_0000_00)])
    parts = split(found, D(2026, 6, 4))
    assert parts == {(0, Link.CLAIM): 60_0000_00, (1, Link.CLAIM): 10_0000_00, (1, Link.CONSTRUCTION): 30_0000_00}


def test_paid_above_the_arranged_amount_waits_nowhere():
    found = course()
    found.purses[0].paid = [(D(2026, 6, 1), 120_0000_00)]
    assert split(found, D(2026, 6, 1)) == {}


def test_management_money_knows_no_beginning():
    assert links(course(method="fee", started_on=None, finished_on=None, ready_on=D.min), D(2026, 6, 1)) == {"construction": 100}


def test_what_is_left_of_a_document_day_by_day():
    """100 issued 03-01, 60 given on 03-11, 50 on 03-21: 10 days × 100 + 10 × 40; then more is given than there is."""
    pot = Pot(1, Link.ISSUE, None, 1, "central", 2026, running([(D(2026, 3, 1), 100), (D(2026, 3, 11), -60), (D(2026, 3, 21), -50)]))
    assert (pot.waiting(D(2026, 3, 10)), pot.waiting(D(2026, 3, 11)), pot.waiting(D(2026, 3, 21))) == (100, 40, 0)
    assert pot.yuan_days(D(2026, 2, 1), D(2026, 3, 31)) == 1400
    assert pot.since(D(2026, 3, 15)) == D(2026, 3, 1)
    assert pot.since(D(2026, 3, 31)) is None


def test_the_story_of_a_project_names_each_stretch_once():
    found = course(finished_on=None)
    found.purses[0].paid = [(D(2026, 6, 1), 100_0000_00)]
    told = [(row.first, row.days, [link.value for link, _ in row.amounts], row.events) for row in reversed(story(found, D(2026, 6, 30)))]
    assert told == [
        (D(2026, 2, 10), 10, ["matching"], ["中央 2026 年资金安排 100.00 万元"]), (D(2026, 2, 20), 40, ["procedure"], ["列入年度计划"]),
        (D(2026, 4, 1), 30, ["start"], ["付款前手续办齐"]), (D(2026, 5, 1), 31, ["construction"], ["开工（签约、公示、开班）"]),
        (D(2026, 6, 1), 30, [], ["中央 2026 年资金支付 100.00 万元"]),
    ]  # fmt: skip


# -- the identity over random histories -------------------------------------------------------------------------------------

FIRST = D(2026, 1, 1)
days = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))
maybe = st.none() | days
amounts = st.integers(0, 5000)


@st.composite
def steps(draw, sizes=amounts):
    return running(draw(st.lists(st.tuples(days, sizes), max_size=4)))


@st.composite
def purses(draw):
    found = Purse(draw(st.integers(1, 9)), draw(st.sampled_from(["central", "provincial"])), 2026, draw(steps(st.integers(-500, 5000))))
    found.paid = draw(steps(st.integers(-1000, 3000)))
    return found


@st.composite
def deals(draw):
    terms = draw(st.lists(st.integers(0, 3333), min_size=3, max_size=3))
    return Deal(
        draw(amounts), draw(days), draw(maybe), draw(st.integers(-500, 2000)), draw(maybe), draw(amounts), terms[0], terms[1], terms[2],
        draw(st.booleans()),
    )  # fmt: skip


@st.composite
def courses(draw):
    said = draw(st.lists(
        st.builds(Said, days, amounts, amounts, st.integers(0, 10_000), st.sampled_from(["", "treasury", "review", "unspendable", "surplus", "tender"])),
        max_size=4, unique_by=lambda one: one.as_of,
    ))  # fmt: skip
    planned = dict(draw(st.lists(st.tuples(days, st.sampled_from([-1, 0, 1])), max_size=3)))
    return Course(
        1, 1, 1, draw(st.sampled_from(["works", "purchase", "grant", "fee"])), draw(st.lists(purses(), min_size=1, max_size=3)), sorted(planned.items()),
        draw(st.none() | st.just(D.min) | days), draw(maybe), draw(maybe), sorted(said, key=lambda one: one.as_of), draw(st.lists(deals(), max_size=2)),
        draw(st.builds(Route, st.booleans(), st.booleans())),
    )  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(courses(), days, st.integers(0, 40))
def test_the_links_of_every_day_add_up_to_what_is_unpaid(found, first, length):
    last = first + timedelta(days=length)
    every_day = [first + timedelta(days=n) for n in range(length + 1)]
    day_by_day: dict = {}
    for day in every_day:
        parts = split(found, day)
        assert all(amount > 0 for amount in parts.values())
        for place, purse in enumerate(found.purses):  # a yuan is in one link, and every unpaid yuan in some
            assert sum(amount for (of, _), amount in parts.items() if of == place) == purse.unpaid(day)
        for key, amount in parts.items():
            day_by_day[key] = day_by_day.get(key, 0) + amount
    in_stretches: dict = {}
    covered = []
    for segment in segments(found, first, last):
        covered += [segment.first + timedelta(days=n) for n in range(segment.days)]
        assert segment.first + timedelta(days=segment.days - 1) == segment.last
        for key, amount in segment.parts.items():
            in_stretches[key] = in_stretches.get(key, 0) + amount * segment.days
    assert covered == every_day
    assert in_stretches == day_by_day  # 分·日 by stretches is 分·日 day by day
    assert sum(in_stretches.values()) == sum(purse.unpaid(day) for day in every_day for purse in found.purses)
