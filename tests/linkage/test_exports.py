"""Exports: at once when small, as a job when large; audited; handed out to their owner under the same seats only."""

from decimal import Decimal
from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, QueryDict
from django.test import RequestFactory

from linkage import exports, jobs, periods
from linkage.errors import Refusal
from linkage.excel import Column, Sheet
from linkage.exports import base
from linkage.models import AuditEvent, Job, JobState, Seat, Upload, User

COLUMNS = [Column("name", "项目名称"), Column("paid_yuan", "累计支出", "wan", total=True)]


@pytest.fixture
def register(monkeypatch):
    """Register the one export of a test; gives the calls its builder received."""
    monkeypatch.setattr(base, "_kinds", {})
    calls = []

    def make(rows: int, permission: str = "export.run"):
        def build(call):
            calls.append(call)
            lines = ({"name": f"项目{n}", "paid_yuan": Decimal("10000.00")} for n in range(rows))
            return [Sheet("周调度汇总", COLUMNS, lines, "单位：万元")]

        exports.register(
            exports.ExportKind(
                "summary", "周调度汇总", build=build, count=lambda call: rows, permission=permission,
                stem=lambda call: f"周调度汇总_{call.params.get('week', '')}",
            )
        )  # fmt: skip
        return calls

    return make


def ask(user, query: str = "", **params):
    request = RequestFactory().get(f"/x/?{query}")
    request.user = user
    return exports.respond(request, "summary", params)


def ticket_for(kind: str, total: int, query: str = "") -> str:
    return base.signing.dumps({"kind": kind, "query": query, "params": {}, "total": total}, salt=base.SALT)


def test_a_small_export_is_the_file_itself(world, register):
    calls = register(3)
    response = ask(world.huma_clerk, "task=1&page=2&task=3", week="2026-W47")
    ws = openpyxl.load_workbook(BytesIO(response.content)).active
    assert [ws.cell(n, 2).value for n in range(4, 8)] == [1, 1, 1, 3]
    assert unquote(response["Content-Disposition"]) == "attachment; filename*=utf-8''周调度汇总_2026-W47_20261116.xlsx"
    assert (response["X-Content-Type-Options"], response["Cache-Control"]) == ("nosniff", "private, no-store")
    assert (calls[0].by, calls[0].query.getlist("task"), "page" in calls[0].query) == (world.huma_clerk, ["1", "3"], False)
    assert not Job.objects.exists()


def test_every_export_leaves_filters_and_row_count_in_the_trail(world, register):
    register(3)
    ask(world.huma_clerk, "task=1", week="2026-W47")
    event = AuditEvent.objects.get(verb="导出周调度汇总")
    assert event.actor == world.huma_clerk
    assert (event.after["filters"], event.after["params"], event.after["rows"]) == ("task=1", {"week": "2026-W47"}, 3)
    assert len(event.after["sha256"]) == 64


def test_without_the_right_nothing_goes_out(world, register):
    register(3)
    for user in (world.huma_implementer, world.admin):
        with pytest.raises(PermissionDenied):
            ask(user)
    assert not AuditEvent.objects.filter(verb="导出周调度汇总").exists()


def test_a_large_export_is_offered_and_made_by_a_job(world, register):
    register(5_001)
    page = ask(world.office, "task=1")
    assert "共 5001 行" in page.content.decode()
    assert not Job.objects.exists()

    client = world.client(world.office)
    ticket = ticket_for("summary", 5_001, "task=1")
    first = client.post("/exports/start/", {"ticket": ticket})
    assert client.post("/exports/start/", {"ticket": ticket})["Location"] == first["Location"]
    job = Job.objects.get()
    jobs.run_job(job.pk)
    jobs.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result["rows"]) == (JobState.DONE, 5_001)
    assert AuditEvent.objects.get(verb="导出周调度汇总").after["rows"] == 5_001
    assert "周调度汇总__20261116.xlsx" in client.get("/exports/").content.decode()
    response = client.get(f"/jobs/{job.pk}/result/")
    ws = openpyxl.load_workbook(BytesIO(b"".join(response.streaming_content))).active
    assert ws.cell(5_005, 2).value == 5_001
    response.close()


def test_a_spoilt_or_old_ticket_is_refused(world, register):
    register(6_000)
    with pytest.raises(Refusal, match="页面已过期"):
        exports.start_large(by=world.office, ticket=ticket_for("summary", 6_000) + "x")
    with pytest.raises(PermissionDenied):
        exports.start_large(by=world.admin, ticket=ticket_for("summary", 6_000))
    response = world.client(world.office).post("/exports/start/", {"ticket": "nonsense"}, follow=True)
    assert "页面已过期" in response.content.decode()


def made(world, register, user) -> Job:
    register(2)
    job = exports.start_large(by=user, ticket=ticket_for("summary", 6_000))
    jobs.run_job(job.pk)
    job.refresh_from_db()
    return job


def test_a_result_belongs_to_its_owner(world, register):
    job = made(world, register, world.huma_clerk)
    assert exports.result_of(world.huma_clerk, job.pk) == job
    for other in (world.mohe_clerk, world.huma_chief, world.office, world.admin):
        with pytest.raises(Http404):
            exports.result_of(other, job.pk)
        assert world.client(other).get(f"/jobs/{job.pk}/result/").status_code == 404


def test_after_the_seat_moved_the_file_is_no_longer_handed_out(world, register):
    job = made(world, register, world.huma_clerk)
    Seat.objects.filter(user=world.huma_clerk).update(region=world.mohe)
    assert world.client(world.huma_clerk).get(f"/jobs/{job.pk}/result/").status_code == 403


def test_rights_lost_before_the_job_ran_stop_it(world, register):
    register(6_000)
    job = exports.start_large(by=world.huma_clerk, ticket=ticket_for("summary", 6_000))
    Seat.objects.filter(user=world.huma_clerk).update(until=periods.today().replace(year=2025, month=12))
    jobs.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message) == (JobState.FAILED, "您的岗位现在不能导出周调度汇总。")


def test_after_thirty_days_the_file_is_gone_and_the_row_says_so(world, register, django_capture_on_commit_callbacks):
    job = made(world, register, world.huma_clerk)
    exports.expire(at=periods.shift(periods.now(), days=29))
    assert Upload.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            exports.expire(at=periods.shift(periods.now(), days=31))
    job.refresh_from_db()
    assert (job.state, job.result_file, Upload.objects.count()) == (JobState.DONE, None, 0)
    assert "已过期删除" in job.message
    client = world.client(world.huma_clerk)
    assert client.get(f"/jobs/{job.pk}/result/").status_code == 404
    assert "已过期删除" in client.get("/exports/").content.decode()


def test_the_list_of_exports_needs_the_right(world):
    assert world.client(world.huma_clerk).get("/exports/").status_code == 200
    assert world.client(world.huma_implementer).get("/exports/").status_code == 403


def test_the_same_wish_with_other_filters_is_another_job(world, register):
    register(6_000)
    first = exports.start_large(by=world.office, ticket=ticket_for("summary", 6_000, "task=1"))
    second = exports.start_large(by=world.office, ticket=ticket_for("summary", 6_000, "task=2"))
    assert first != second
    assert QueryDict(second.params["query"])["task"] == "2"


# -- plain rows -------------------------------------------------------------------------------------------------------


def test_a_long_list_is_read_as_plain_values_by_one_query(world, django_assert_num_queries):
    rows = User.objects.filter(username__in=["huma_clerk", "huma_chief"]).order_by("username")
    with django_assert_num_queries(1):
        found = list(exports.plain_rows(rows, {"who": "username", "active": "is_active"}))
    assert found == [{"who": "huma_chief", "active": True}, {"who": "huma_clerk", "active": True}]


def test_labels_are_the_words_of_the_choice_and_nothing_for_nothing():
    words = exports.labels_of(Job, "state")
    assert words[JobState.DONE] == JobState.DONE.label
    assert words[""] == words[None] == ""
