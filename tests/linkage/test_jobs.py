"""Jobs: claimed once, swept after the lease, cancelled, retried; seen by their owner."""

import threading
from contextlib import contextmanager

import pytest
from django.core.exceptions import PermissionDenied

from linkage import jobs, periods
from linkage.errors import Refusal, WrongState
from linkage.models import AuditEvent, DictionaryEntry, DictionaryKind, Job, JobState, Notification


@pytest.fixture
def kinds(monkeypatch):
    """An empty register for the length of a test."""
    monkeypatch.setattr(jobs, "_kinds", {})
    monkeypatch.setattr(jobs, "_silent_until", 0.0)
    return jobs


@pytest.fixture
def woken(monkeypatch):
    """The ids of jobs for which the broker was given a message."""
    heard = []
    monkeypatch.setattr(jobs.current_app, "send_task", lambda name, args, **options: heard.append((name, args[0])))
    return heard


def later(minutes: int):
    return periods.shift(periods.machine_now(), minutes=minutes)


def write_word(code: str = "x") -> DictionaryEntry:
    return DictionaryEntry.objects.create(kind=DictionaryKind.CAUSE, code=code, name=code)


def written() -> list[str]:
    return list(DictionaryEntry.objects.filter(kind=DictionaryKind.CAUSE, code__startswith="x").values_list("code", flat=True))


# -- one phase --------------------------------------------------------------------------------------------------------


def test_a_job_runs_once_and_keeps_its_result(world, kinds):
    calls = []
    kinds.register("count", run=lambda work: calls.append(work.params["n"]) or {"sum": 3}, title="计数")
    job = kinds.start("count", {"n": 2}, by=world.office)
    assert (job.state, job.title) == (JobState.QUEUED, "计数")

    kinds.run_job(job.pk)
    kinds.run_job(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result, job.attempts, calls) == (JobState.DONE, {"sum": 3}, 1, [2])
    assert job.finished_at is not None
    assert Notification.objects.get(user=world.office).url == f"/jobs/{job.pk}/"


def test_the_worker_is_woken_after_commit(world, kinds, woken, django_capture_on_commit_callbacks):
    kinds.register("count", run=lambda work: None, title="计数")
    with django_capture_on_commit_callbacks(execute=True):
        job = kinds.start("count", by=world.office)
        assert woken == []
    assert woken == [("linkage.tasks.run_job", job.pk)]


def test_with_the_broker_down_the_job_waits_and_is_woken_when_it_returns(world, kinds, monkeypatch, django_capture_on_commit_callbacks):
    tried = []

    def dead(name, args, **options):
        tried.append(args[0])
        raise ConnectionError("no broker")

    monkeypatch.setattr(jobs.current_app, "send_task", dead)
    kinds.register("count", run=lambda work: None, title="计数")
    with django_capture_on_commit_callbacks(execute=True):
        first = kinds.start("count", by=world.office)
        second = kinds.start("count", by=world.office)
    assert tried == [first.pk]  # the dead broker is not asked again at once
    assert Job.objects.filter(state=JobState.QUEUED).count() == 2

    heard = []
    monkeypatch.setattr(jobs, "_silent_until", 0.0)
    monkeypatch.setattr(jobs.current_app, "send_task", lambda name, args, **options: heard.append(args[0]))
    kinds.sweep(at=later(2))
    assert heard == [first.pk, second.pk]


def test_an_unknown_kind_is_refused_at_once(world, kinds):
    with pytest.raises(ValueError, match="not registered"):
        kinds.start("nonsense", by=world.office)


def test_a_refusal_is_told_in_its_own_words_and_an_error_is_not(world, kinds, caplog):
    def refuse(work):
        raise Refusal("文件里没有内容。")

    kinds.register("refuses", run=refuse, title="甲")
    kinds.register("breaks", run=lambda work: 1 / 0, title="乙")
    refused, broken = (kinds.start(kind, by=world.office) for kind in ("refuses", "breaks"))
    for job in (refused, broken):
        kinds.run_job(job.pk)
        job.refresh_from_db()
    assert (refused.state, refused.message) == (JobState.FAILED, "文件里没有内容。")
    assert broken.state == JobState.FAILED
    assert f"任务编号 {broken.pk}" in broken.message
    assert "division" not in broken.message
    assert "division" in caplog.text


def test_progress_is_told_at_most_once_a_second_and_renews_the_lease(world, kinds, monkeypatch):
    seconds = iter([0.0, 0.2, 0.4, 1.3, 1.4])
    monkeypatch.setattr(jobs, "monotonic", lambda: next(seconds))
    seen = []

    def run(work):
        for done in range(1, 5):
            work.progress(done, 4, "正在核对")
            seen.append(Job.objects.get(pk=work.job.pk).progress)

    kinds.register("slow", run=run, title="慢")
    job = kinds.start("slow", by=world.office, wake=False)
    kinds.run_job(job.pk)
    assert seen == [0, 0, 3, 3]


# -- death and sweeping -----------------------------------------------------------------------------------------------


def claimed(job) -> jobs.Work:
    """What a worker holds that dies right after taking the job."""
    return jobs.Work(jobs._claim(job.pk))


def test_a_dead_workers_job_is_restarted_only_after_its_lease(world, kinds, woken):
    kinds.register("count", run=lambda work: {"by": work.job.attempts}, title="计数")
    job = kinds.start("count", by=world.office)
    claimed(job)

    kinds.sweep(at=later(jobs.LEASE_MINUTES - 1))
    job.refresh_from_db()
    assert (job.state, woken) == (JobState.RUNNING, [])

    kinds.sweep(at=later(jobs.LEASE_MINUTES + 1))
    job.refresh_from_db()
    assert (job.state, woken) == (JobState.QUEUED, [("linkage.tasks.run_job", job.pk)])
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result) == (JobState.DONE, {"by": 2})


def test_sweeping_twice_changes_nothing_more(world, kinds, woken):
    kinds.register("count", run=lambda work: None, title="计数")
    claimed(job := kinds.start("count", by=world.office))
    for _ in range(2):
        kinds.sweep(at=later(20))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)


def test_after_three_attempts_it_is_given_up_with_words(world, kinds, woken):
    kinds.register("count", run=lambda work: None, title="计数")
    job = kinds.start("count", by=world.office)
    for minutes in (20, 40, 60):
        claimed(job)
        kinds.sweep(at=later(minutes))
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.FAILED, 3)
    assert "处理中断 3 次" in job.message


def test_a_worker_believed_dead_can_write_nothing(world, kinds, woken):
    kinds.register("count", run=lambda work: {"by": "second"}, title="计数")
    job = kinds.start("count", by=world.office)
    stale = claimed(job)
    kinds.sweep(at=later(20))
    kinds.run_job(job.pk)
    with pytest.raises(jobs.Stopped):
        stale.finish(JobState.DONE, {"by": "first"})
    with pytest.raises(jobs.Stopped), stale.committing():
        write_word()
    job.refresh_from_db()
    assert (job.result, written()) == ({"by": "second"}, [])


# -- two phases -------------------------------------------------------------------------------------------------------


def two_phases(kinds, apply):
    kinds.register("sheet", run=lambda work: {"rows": 2, "message": "共 2 行。"}, apply=apply, title="表")


def apply_one(work):
    with work.committing() as result:
        write_word()
        result["message"] = "已写入。"


def test_check_then_a_person_applies_then_done(world, kinds):
    two_phases(kinds, apply_one)
    job = kinds.start("sheet", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, written()) == (JobState.CHECKED, "共 2 行。", [])

    kinds.apply(job, by=world.office)
    kinds.run_job(job.pk)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, written()) == (JobState.DONE, "已写入。", ["x"])


def test_only_the_owner_applies_and_only_what_was_checked(world, kinds):
    two_phases(kinds, apply_one)
    job = kinds.start("sheet", by=world.office)
    with pytest.raises(WrongState):
        kinds.apply(job, by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    for stranger in (world.office2, world.admin):
        with pytest.raises(PermissionDenied):
            kinds.apply(job, by=stranger)
    kinds.apply(job, by=world.office)
    with pytest.raises(WrongState, match="排队中"):
        kinds.apply(job, by=world.office)


def test_killed_between_the_phases_it_is_applied_once(world, kinds, woken):
    two_phases(kinds, apply_one)
    job = kinds.start("sheet", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.apply(job, by=world.office)
    claimed(job)  # dies before its transaction
    kinds.sweep(at=later(20))
    kinds.run_job(job.pk)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, written()) == (JobState.DONE, ["x"])


def test_when_applying_fails_nothing_is_written(world, kinds):
    def apply(work):
        with work.committing():
            write_word()
            raise Refusal("第 2 行冲突。")

    two_phases(kinds, apply)
    job = kinds.start("sheet", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.apply(job, by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, written()) == (JobState.FAILED, "第 2 行冲突。", [])


def test_applying_that_writes_nothing_goes_back_to_the_person(world, kinds):
    two_phases(kinds, lambda work: {"message": "情况变了，请再看一遍。"})
    job = kinds.start("sheet", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.apply(job, by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.message, job.result["phase"]) == (JobState.CHECKED, "情况变了，请再看一遍。", "check")


def test_progress_inside_the_transaction_is_a_programming_error(world, kinds):
    caught = []

    def apply(work):
        with work.committing():
            try:
                work.progress(1)
            except RuntimeError as error:
                caught.append(str(error))

    two_phases(kinds, apply)
    job = kinds.start("sheet", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.apply(job, by=world.office)
    kinds.run_job(job.pk)
    assert len(caught) == 1


# -- cancel and retry -------------------------------------------------------------------------------------------------


def test_a_cancelled_job_stops_at_its_next_sign_of_life(world, kinds, monkeypatch):
    monkeypatch.setattr(jobs, "PROGRESS_SECONDS", 0.0)
    reached = []

    def run(work):
        kinds.cancel(Job.objects.get(pk=work.job.pk), by=world.office)
        work.progress(1)
        reached.append("beyond")

    kinds.register("slow", run=run, title="慢")
    job = kinds.start("slow", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, reached) == (JobState.CANCELLED, [])
    assert AuditEvent.objects.filter(verb="取消后台任务", target_id=str(job.pk)).count() == 1


def test_a_failed_job_is_retried_from_its_beginning(world, kinds):
    results = iter([Refusal("暂时不行。"), {"ok": True}])

    def run(work):
        outcome = next(results)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    kinds.register("moody", run=run, title="看情况")
    job = kinds.start("moody", by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.retry(job, by=world.office)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.message) == (JobState.DONE, {"ok": True}, "")


def test_a_finished_job_is_neither_cancelled_nor_retried(world, kinds):
    kinds.register("count", run=lambda work: None, title="计数")
    job = kinds.start("count", by=world.office)
    kinds.run_job(job.pk)
    for act in (kinds.cancel, kinds.retry):
        with pytest.raises(WrongState, match="已完成"):
            act(job, by=world.office)


def test_strangers_neither_cancel_nor_retry_but_the_system_administrator_does(world, kinds):
    kinds.register("count", run=lambda work: None, title="计数")
    job = kinds.start("count", by=world.office)
    with pytest.raises(PermissionDenied):
        kinds.cancel(job, by=world.huma_clerk)
    kinds.cancel(job, by=world.admin)
    job.refresh_from_db()
    with pytest.raises(PermissionDenied):
        kinds.retry(job, by=world.huma_clerk)
    kinds.retry(job, by=world.admin)


# -- pages ------------------------------------------------------------------------------------------------------------


@contextmanager
def secret_job(world, kinds, state=JobState.RUNNING):
    kinds.register("count", run=lambda work: None, title="计数")
    job = kinds.start("count", {"secret": "呼玛冷链"}, by=world.huma_clerk, title="导入：呼玛冷链库.xlsx")
    Job.objects.filter(pk=job.pk).update(state=state, message="呼玛冷链 12 行")
    yield job


def test_own_jobs_are_listed_and_opened(world, kinds):
    with secret_job(world, kinds) as job:
        client = world.client(world.huma_clerk)
        assert "呼玛冷链库" in client.get("/jobs/").content.decode()
        page = client.get(f"/jobs/{job.pk}/").content.decode()
        assert "呼玛冷链 12 行" in page
        assert 'hx-trigger="every 2s"' in page


def test_a_foreign_job_is_not_there(world, kinds):
    with secret_job(world, kinds) as job:
        client = world.client(world.mohe_clerk)
        assert "呼玛冷链" not in client.get("/jobs/?all=1").content.decode()
        assert client.get(f"/jobs/{job.pk}/").status_code == 404
        for act in ("cancel", "retry"):
            assert client.post(f"/jobs/{job.pk}/{act}/").status_code == 404
        assert client.get(f"/jobs/{job.pk}/result/").status_code == 404
        assert client.get("/imports/" + str(job.pk) + "/").status_code == 404


def test_the_system_administrator_sees_kinds_and_states_without_content(world, kinds):
    with secret_job(world, kinds) as job:
        client = world.client(world.admin)
        for address in ("/jobs/?all=1", f"/jobs/{job.pk}/", f"/jobs/{job.pk}/?part=progress"):
            text = client.get(address).content.decode()
            assert "进行中" in text
            assert "冷链" not in text
        assert client.get(f"/jobs/{job.pk}/result/").status_code == 404


def test_the_progress_part_reloads_the_page_once_the_job_rests(world, kinds):
    with secret_job(world, kinds) as job:
        client = world.client(world.huma_clerk)
        assert "HX-Refresh" not in client.get(f"/jobs/{job.pk}/?part=progress").headers
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE)
        assert client.get(f"/jobs/{job.pk}/?part=progress").headers["HX-Refresh"] == "true"


def test_cancel_and_retry_are_buttons_and_refusals_are_told(world, kinds):
    with secret_job(world, kinds) as job:
        client = world.client(world.huma_clerk)
        assert client.get(f"/jobs/{job.pk}/cancel/").status_code == 405
        client.post(f"/jobs/{job.pk}/cancel/")
        job.refresh_from_db()
        assert job.state == JobState.CANCELLED
        page = client.post(f"/jobs/{job.pk}/cancel/", follow=True).content.decode()
        assert "现在是“已取消”，不能取消" in page
        client.post(f"/jobs/{job.pk}/retry/")
        job.refresh_from_db()
        assert job.state == JobState.QUEUED


@pytest.mark.parametrize("rows", [1, 20])
def test_the_list_asks_the_same_number_of_queries_however_long(world, kinds, django_assert_max_num_queries, rows):
    kinds.register("count", run=lambda work: None, title="计数")
    for _ in range(rows):
        kinds.start("count", by=world.admin)
    client = world.client(world.admin)
    with django_assert_max_num_queries(8):
        assert client.get("/jobs/?all=1").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_a_job_once(kinds):
    """On both engines: the claim is one conditional update."""
    from django.db import connection

    from linkage.models import User

    calls = []
    kinds.register("count", run=lambda work: calls.append(threading.get_ident()), title="计数")
    user = User.objects.create(username="someone", name="某人")
    job = kinds.start("count", by=user, wake=False)
    gate = threading.Barrier(2)

    def work():
        try:
            gate.wait(10)
            kinds.run_job(job.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    job.refresh_from_db()
    assert (len(calls), job.state, job.attempts) == (1, JobState.DONE, 1)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_cancelling_while_it_writes_comes_too_late(kinds):
    """The canceller waits for the writing transaction and then finds the job done."""
    from django.db import connection

    from linkage.models import User

    user = User.objects.create(username="someone", name="某人")
    inside, answers = threading.Event(), []

    def cancel():
        try:
            inside.wait(10)
            kinds.cancel(Job.objects.get(pk=job.pk), by=user)
        except WrongState as error:
            answers.append(error.message)
        finally:
            connection.close()

    def apply(work):
        with work.committing():
            inside.set()
            thread.join(1)  # the canceller is waiting by now
            write_word()

    two_phases(kinds, apply)
    job = kinds.start("sheet", by=user, wake=False)
    kinds.run_job(job.pk)
    job.refresh_from_db()
    kinds.apply(job, by=user, wake=False)
    thread = threading.Thread(target=cancel)
    thread.start()
    kinds.run_job(job.pk)
    thread.join(30)
    job.refresh_from_db()
    assert (job.state, written()) == (JobState.DONE, ["x"])
    assert answers == [f"“{job}”现在是“已完成”，不能取消。"]
