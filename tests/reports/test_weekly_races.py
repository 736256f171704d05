"""Two people at once at one weekly report, roll-up or period: one goes on, the other is told (PostgreSQL, real connections).

The clock stands at Friday of week 47; threads get their moment as an argument, each holds an object it read by itself.
"""

import time
from datetime import date, datetime
from threading import Event

import pytest
from django.core.exceptions import PermissionDenied

from funds.models import ReportedSpending
from linkage.models import AuditEvent, Role, Seat, User, Watermark
from reports.actions import deadlines, dealing, filling, opening, sentences, signing
from reports.actions import rollup as rollups
from reports.actions.filling import Edit
from reports.models import DeadlineMove, Period, ReportState, ReportVersion, RollUp, RowDealing, WeeklyReport
from tests.races import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

TOLD = {"wrong_state", "stale_revision"}


def one_of_two(outcomes):
    """Exactly one act went on, the other was told so."""
    return outcomes.count("done") == 1 and set(outcomes) - {"done"} <= TOLD


@pytest.fixture
def second_chief(world):
    user = User.objects.create(username="huma_chief_b", name="副主任")
    Seat.objects.create(user=user, role=Role.COUNTY_CHIEF, region=world.huma, is_backup=True, since=date(2025, 1, 1))
    return user


def mine(report):
    """The report as a person of another process reads it."""
    return WeeklyReport.objects.select_related("period", "unit__parent").get(pk=report.pk)


def act(action, report, **given):
    own = mine(report)
    return lambda: action(report=own, revision=own.revision, **given)


def typed(desk, text, place="paid"):
    line = desk.line("冷链仓储")
    edit = Edit(line.pk, desk.cell("冷链仓储") if place == "paid" else place, text)
    own = mine(desk.report)
    return lambda: filling.save_cells(report=own, edits=[edit], by=desk.world.huma_clerk, at=desk.world.at(20, 12))


def filled(desk):
    desk.fill(paid="10", started_on="2026-05-10", physical_ratio="40")
    return desk.report


def handed_in(desk):
    signing.hand_in(report=filled(desk), by=desk.world.huma_clerk)
    return desk.report


def paid(desk):
    """What the working copy says of the central money of 冷链仓储, in 元."""
    return desk.line("冷链仓储").cells.get(allocation__county_allocation__batch__level="central").paid_to_date_yuan


def said(version):
    """What the signed statement says of the same money."""
    line = next(line for line in version.content["lines"] if line["name"] == "冷链仓储")
    return next(cell["paid_to_date_yuan"] for cell in line["cells"] if cell["level"] == "central")


# --- moves of one report --------------------------------------------------------------------------------------------------


def test_two_signers_at_once_make_one_version(desk, second_chief):
    report, at = handed_in(desk), desk.world.at(20, 13)
    found = together(*(act(signing.sign, report, by=chief, at=at) for chief in (desk.world.huma_chief, second_chief)))
    assert one_of_two(found)
    report.refresh_from_db()
    assert (report.state, report.version) == (ReportState.SUBMITTED, 1)
    version = ReportVersion.objects.get(report=report)
    assert version.number == 1
    assert report.transitions.get(name="sign").by == version.signed_by
    assert AuditEvent.objects.filter(verb="形成版本").count() == 1
    assert ReportedSpending.objects.filter(statement_key__startswith=f"{report.key}/").count() == 4, "the facts are posted once"


@pytest.mark.parametrize("name", ["recall", "send_back"])
def test_signing_while_the_report_is_taken_back(desk, name):
    report, at, w = handed_in(desk), desk.world.at(20, 13), desk.world
    other = {
        "recall": act(signing.recall, report, by=w.huma_clerk, at=at),
        "send_back": act(signing.send_back, report, by=w.huma_chief, at=at, reason="冷链仓储累计不对"),
    }[name]
    assert one_of_two(together(act(signing.sign, report, by=w.huma_chief, at=at), other))
    report.refresh_from_db()
    signed = report.state == ReportState.SUBMITTED
    assert signed or report.state == ReportState.DRAFT
    assert report.versions.count() == report.version == int(signed)
    assert list(report.transitions.order_by("pk").values_list("name", flat=True)) == ["hand_in", "sign" if signed else name]
    assert ReportedSpending.objects.filter(statement_key__startswith=f"{report.key}/").exists() == signed


def test_accepting_and_returning_at_once(desk):
    desk.submit(paid="10", started_on="2026-05-10", physical_ratio="40")
    report, at, w = desk.report, desk.world.at(20, 14), desk.world
    found = together(
        act(signing.accept, report, by=w.office, at=at),
        act(signing.return_for_correction, report, by=w.office2, at=at, reason="请核对中央累计"),
    )
    assert one_of_two(found)
    report.refresh_from_db()
    accepted = report.state == ReportState.ACCEPTED
    assert accepted or report.state == ReportState.RETURNED
    assert report.remarks.count() == int(not accepted), "remarks stand only where the return won"
    assert (report.return_due_at is None) == accepted
    assert report.transitions.filter(name__in=("accept", "return")).count() == 1


def test_two_returns_at_once_open_one_round(desk):
    desk.submit(paid="10", started_on="2026-05-10", physical_ratio="40")
    report, at = desk.report, desk.world.at(20, 14)
    found = together(*(
        act(signing.return_for_correction, report, by=by, at=at, reason=f"{by.username}的意见") for by in (desk.world.office, desk.world.office2)
    ))  # fmt: skip
    assert one_of_two(found)
    assert [remark.round for remark in report.remarks.all()] == [1]


def test_handing_in_from_two_tabs_at_once(desk):
    report, at = filled(desk), desk.world.at(20, 13)
    assert one_of_two(together(*(act(signing.hand_in, report, by=desk.world.huma_clerk, at=at) for _ in range(2))))
    assert report.transitions.filter(name="hand_in").count() == 1


# --- keystrokes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attempt", range(2))
def test_a_keystroke_and_the_hand_in(desk, attempt):
    """Either the keystroke is in the statement, or its writer is told; or the hand-in is told of the keystroke."""
    report, at, w = filled(desk), desk.world.at(20, 13), desk.world
    typing = typed(desk, "12.5")
    outcomes = {}

    def note(name, do):
        def run():
            try:
                do()
                outcomes[name] = True
            except signing.Refusal:
                outcomes[name] = False
                raise
        return run

    found = together(note("typed", typing), note("handed in", act(signing.hand_in, report, by=w.huma_clerk, at=at)))
    assert one_of_two(found), "a hand-in says which revision it saw"
    report.refresh_from_db()
    assert outcomes["handed in"] == (report.state == ReportState.SIGNING)
    assert paid(desk) == (125_000 if outcomes["typed"] else 100_000)
    if outcomes["handed in"]:
        version = signing.sign(report=mine(report), by=w.huma_chief, at=at)
        assert said(version) == "100000.00"


def test_what_is_checked_is_what_is_handed_in(desk, monkeypatch):
    """A keystroke that arrives between the checks and the move waits for the move, and is then refused."""
    report, at, w = filled(desk), desk.world.at(20, 13), desk.world
    checked, check_problems = Event(), signing._refuse_open_problems

    def slow_checks(*args):
        answers = check_problems(*args)
        checked.set()
        time.sleep(0.5)
        return answers

    monkeypatch.setattr(signing, "_refuse_open_problems", slow_checks)
    typing, own = typed(desk, "999"), mine(report)  # more than was arranged: no check would let it pass

    def type_late():
        assert checked.wait(10)
        typing()

    found = together(type_late, lambda: signing.hand_in(report=own, by=w.huma_clerk, at=at))
    assert found == ["done", "wrong_state"]
    assert (mine(report).state, paid(desk)) == (ReportState.SIGNING, 100_000)


def test_two_keystrokes_in_one_cell_show_the_later_one_what_stands(desk):
    filled(desk)
    line, place, answers = desk.line("冷链仓储"), desk.cell("冷链仓储"), []

    def writing(text):
        own = mine(desk.report)
        edit = Edit(line.pk, place, text, base="100000.00")
        return lambda: answers.extend(filling.save_cells(report=own, edits=[edit], by=desk.world.huma_clerk, at=desk.world.at(20, 13)))

    revision = mine(desk.report).revision
    assert together(writing("11"), writing("12")) == ["done", "done"]
    saved, conflict = sorted(answers, key=lambda answer: answer.verdict, reverse=True)
    assert (saved.verdict, conflict.verdict) == ("saved", "conflict")
    assert saved.value == conflict.value == f"{paid(desk)}"
    assert mine(desk.report).revision == revision + 2


def test_two_explanations_at_once_are_both_kept(desk):
    report, at = filled(desk), desk.world.at(20, 13)
    project = desk.line("冷链仓储").project_id
    keys = [f"slow:{project}:physical_ratio", f"treasury_gap:{project}:{desk.cell('冷链仓储')}"]

    def explaining(key):
        own = mine(report)
        return lambda: sentences.explain(report=own, key=key, text="已核对", by=desk.world.huma_clerk, at=at)

    assert together(*map(explaining, keys)) == ["done", "done"]
    assert mine(report).explanations == dict.fromkeys(keys, "已核对")


# --- roll-up, periods, deadlines ----------------------------------------------------------------------------------------------


def test_two_people_compiling_at_once_make_one_roll_up(desk):
    desk.submit(paid="10", started_on="2026-05-10", physical_ratio="40")
    period, at = desk.report.period, desk.world.at(20, 18)
    acts = [lambda by=by: rollups.compile_rollup(period=period, by=by, at=at) for by in (desk.world.office, desk.world.office2)]
    assert together(*acts) == ["done", "done"]
    assert RollUp.objects.get(period=period).number == 1
    assert AuditEvent.objects.filter(verb="周汇总").count() == 1


def test_the_newest_roll_up_is_the_newest_knowledge(desk, monkeypatch):
    """Somebody looked before 呼玛县 signed and writes after another one compiled with it: his number is taken, he looks again."""
    period, at, w, look = desk.report.period, desk.world.at(20, 18), desk.world, rollups.snapshot

    def interrupted(*args):
        seen = look(*args)
        monkeypatch.setattr(rollups, "snapshot", look)
        desk.submit(paid="10", started_on="2026-05-10", physical_ratio="40")
        rollups.compile_rollup(period=period, by=w.office2, at=at)
        return seen

    monkeypatch.setattr(rollups, "snapshot", interrupted)
    rollups.compile_rollup(period=period, by=w.office, at=at)
    newest = RollUp.objects.filter(period=period).latest("number")
    assert newest.content["totals"]["levels"]["central"]["paid"] == "100000.00"
    assert newest.number == 1


def test_a_statement_still_being_signed_while_the_tick_compiles_is_not_forgotten(desk):
    """Signed at 17:04:00, committed after the tick of 17:05 had looked: the tick after finds it."""
    w = desk.world
    assert rollups.compile_due(at=w.at(20, 17, 5)) == 1
    desk.fill(paid="10", started_on="2026-05-10", physical_ratio="40")
    signing.hand_in(report=desk.report, by=w.huma_clerk, at=w.at(20, 16))
    signing.sign(report=mine(desk.report), by=w.huma_chief, at=w.at(20, 17, 4))
    rollups.compile_due(at=w.at(20, 17, 6))
    newest = RollUp.objects.filter(period=desk.report.period).latest("number")
    assert newest.content["totals"]["levels"]["central"]["paid"] == "100000.00"


def test_two_ticks_open_one_week(desk):
    at = desk.world.at(23)
    assert together(*(lambda: opening.open_due_periods(at=at) for _ in range(2))) == ["done", "done"]
    period = Period.objects.get(key="2026-W48")
    assert period.reports.count() == 4
    huma = period.reports.get(unit=desk.world.huma)
    assert huma.lines.count() == 3
    assert sum(line.cells.count() for line in huma.lines.all()) == 4
    assert AuditEvent.objects.filter(verb="开启调度期", target_id=str(period.pk)).count() == 1
    assert Watermark.objects.get(name=opening.WATERMARK).at == at


def test_two_deadline_moves_at_once_leave_one_deadline(desk):
    period, at, w = desk.report.period, desk.world.at(20, 13), desk.world
    moments = [w.at(20, 20), w.at(21, 12)]

    def moving(due_at):
        own = Period.objects.get(pk=period.pk)
        return lambda: deadlines.move_deadline(period=own, due_at=due_at, document="地区专班〔2026〕9号", by=w.office_head, at=at)

    assert together(*map(moving, moments)) == ["done", "done"]
    period.refresh_from_db()
    assert period.due_at in moments
    assert set(period.reports.values_list("due_at", flat=True)) == {period.due_at}, "all reports follow the period"
    assert len(set(period.reports.values_list("locks_at", flat=True))) == 1
    first, second = AuditEvent.objects.filter(verb="调整截止").order_by("pk")
    moved = [datetime.fromisoformat(text) for text in (second.before["due_at"], first.after["due_at"])]
    assert moved[0] == moved[1], "the second act says what the first one left"
    assert DeadlineMove.objects.count() == 2


def test_the_deadline_moves_while_the_report_is_signed(desk):
    """Both acts stand: the signature with its moment, the deadline with its document."""
    report, w = handed_in(desk), desk.world
    period, signed_at = Period.objects.get(pk=report.period_id), w.at(20, 16)
    moving = lambda: deadlines.move_deadline(period=period, due_at=w.at(20, 20), document="〔2026〕9号", by=w.office_head, at=signed_at)  # noqa: E731
    assert together(moving, act(signing.sign, report, by=w.huma_chief, at=signed_at)) == ["done", "done"]
    report.refresh_from_db()
    assert (report.state, report.version, report.due_at) == (ReportState.SUBMITTED, 1, w.at(20, 20))
    assert report.first_submitted_at == signed_at


def test_exempting_a_unit_while_it_signs(desk):
    """A unit that has signed is not exempt; a unit that is exempt has not signed."""
    report, at, w = handed_in(desk), desk.world.at(20, 16), desk.world
    own = mine(report)
    found = together(
        act(signing.sign, report, by=w.huma_chief, at=at),
        lambda: deadlines.exempt(report=own, by=w.office_head, reason="防汛", at=at),
    )
    report.refresh_from_db()
    assert found == ["done", "refused"] or (found == ["done", "done"] and report.is_exempt and report.version == 1)
    assert not (report.is_exempt and "refused" in found)


def test_a_stranger_wins_no_race(desk):
    report, at, w = handed_in(desk), desk.world.at(20, 16), desk.world
    with pytest.raises(PermissionDenied):
        together(act(signing.sign, report, by=w.mohe_chief, at=at), act(signing.sign, report, by=w.huma_chief, at=at))
    assert ReportVersion.objects.get(report=report).signed_by == w.huma_chief


def test_one_task_dealt_out_from_two_weeks_at_once(desk):
    """The standing order is one per unit and task: the second waits and its word stands everywhere."""
    w = desk.world
    for day in (23, 30):
        opening.open_due_periods(at=w.at(day))
    reports = WeeklyReport.objects.filter(unit=w.huma).select_related("period", "unit__parent").order_by("period__cutoff_at")[:2]
    bodies = (w.huma_ethnic_bureau, w.huma_land_bureau)

    def dealt(report, body):
        return lambda: dealing.deal_out(report=report, task=w.tasks["ethnic"], organisation=body, by=w.huma_clerk, at=w.at(20, 13))

    assert together(*(dealt(*pair) for pair in zip(reports, bodies, strict=True))) == ["done", "done"]
    order = RowDealing.objects.get()
    lines = [report.lines.get(project__name="民族村寨").assigned_to for report in WeeklyReport.objects.filter(unit=w.huma, period__key__gte="2026-W48")]
    assert set(lines) == {order.organisation}
