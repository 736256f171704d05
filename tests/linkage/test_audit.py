"""The audit trail: written with the act, sealed once, and every later change found."""

from datetime import date
from io import StringIO
from threading import Barrier, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from linkage import audit, jobs
from linkage.actions import verification
from linkage.errors import WrongState
from linkage.figures.verification import last_verification
from linkage.models import AuditEvent, AuditSeal, Job, JobState, Notification
from projects.models import Stage


def record(world, **values):
    return audit.record(**{"by": world.office, "verb": "登记", "target": world.huma, "at": world.at(16, 9)} | values)


def seal(world, **values):
    return audit.seal(at=world.at(16, 9, 1), **values)


def findings(world, minute=2):
    return audit.verify(at=world.at(16, 9, minute))


def test_an_event_says_who_in_which_seat_did_what_to_what(world):
    with audit.from_address("10.1.2.3"):
        event = record(world, before={"amount_yuan": None}, after={"on": date(2026, 11, 16)})
    event = AuditEvent.objects.get(pk=event.pk)
    assert (event.actor_name, event.seat) == (str(world.office), "地区专班办公室·经办")
    assert (event.target_type, event.target_id, event.target_label) == ("linkage.region", str(world.huma.pk), "呼玛县")
    assert event.region_path == "hlj/dxal/huma/"
    assert event.before == {"amount_yuan": None} and event.after == {"on": "2026-11-16"}
    assert event.address == "10.1.2.3"


def test_outside_the_block_no_address_is_left_over(world):
    with audit.from_address("10.1.2.3"):
        pass
    assert record(world).address is None


def test_the_system_signs_as_itself(world):
    event = record(world, by=None)
    assert (event.actor, event.actor_name, event.seat) == (None, "系统", "")


def test_an_act_that_is_undone_leaves_no_event(world):
    with pytest.raises(RuntimeError), transaction.atomic():
        record(world)
        raise RuntimeError("the act fails after its record")
    assert not AuditEvent.objects.exists()


def test_sealing_twice_adds_nothing(world):
    record(world), record(world)
    assert seal(world) == 2
    assert seal(world) == 0
    assert list(AuditSeal.objects.values_list("sequence", flat=True)) == [1, 2]


def test_each_seal_continues_the_one_before(world):
    record(world), record(world)
    seal(world)
    record(world)
    seal(world)
    seals = list(AuditSeal.objects.order_by("sequence"))
    assert [s.previous_hash for s in seals] == [audit.GENESIS, seals[0].hash, seals[1].hash]
    assert audit.head_hash() == seals[2].hash
    assert findings(world) == []


def test_portions_join_into_one_chain(world):
    for _ in range(5):
        record(world)
    assert [seal(world, limit=2) for _ in range(3)] == [2, 2, 1]
    assert findings(world) == []


def test_before_the_first_seal_there_is_no_head(db):
    assert audit.head_hash() == ""


@pytest.mark.parametrize("table", ["linkage_auditevent", "linkage_auditseal"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"])
def test_the_database_refuses_changes(world, table, statement):
    if statement.startswith("TRUNCATE") and connection.vendor == "sqlite":
        pytest.skip("SQLite has no TRUNCATE")
    record(world)
    seal(world)
    connection.check_constraints()  # PostgreSQL: checks waiting for the commit stand in TRUNCATE's way
    with pytest.raises(DatabaseError, match=r"append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))
    assert AuditEvent.objects.count() == AuditSeal.objects.count() == 1


def test_a_changed_word_breaks_the_chain_where_it_was_changed(world, triggers_lifted):
    events = [record(world) for _ in range(3)]
    seal(world)
    with triggers_lifted():
        AuditEvent.objects.filter(pk=events[1].pk).update(after={"amount_yuan": "1.00"})
    assert findings(world) == [f"序号 2 的内容与散列不符（记录 {events[1].pk}）"]


def test_a_changed_hash_is_found_twice_at_itself_and_at_its_successor(world, triggers_lifted):
    for _ in range(2):
        record(world)
    seal(world)
    with triggers_lifted():
        AuditSeal.objects.filter(sequence=1).update(hash="f" * 64)
    assert [words[:5] for words in findings(world)] == ["序号 1 ", "序号 2 "]


def test_a_removed_event_is_a_gap(world, triggers_lifted):
    for _ in range(3):
        record(world)
    seal(world)
    with triggers_lifted():
        sealed = AuditSeal.objects.get(sequence=2)
        sealed.delete()
        AuditEvent.objects.filter(pk=sealed.event_id).delete()
    assert findings(world) == ["序号 2 缺失（下一条为 3）", "序号 3 与前一条不相接"]


def test_an_unsealed_tail_is_reported_after_five_minutes_and_not_before(world):
    event = record(world)
    assert findings(world, minute=5) == []
    assert findings(world, minute=6) == [f"记录 {event.pk} 起有未封存的记录，已超过五分钟"]


def test_the_last_seals_can_be_verified_alone(world, triggers_lifted):
    events = [record(world) for _ in range(4)]
    seal(world)
    with triggers_lifted():
        AuditEvent.objects.filter(pk=events[0].pk).update(verb="改过")
    assert audit.verify(at=world.at(16, 9, 2), last=2) == []
    assert len(audit.verify(at=world.at(16, 9, 2), last=4)) == 1


def test_the_command_says_all_is_well_with_the_head(world):
    record(world, at=None)
    audit.seal()
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert audit.head_hash() in out.getvalue()


def test_the_command_fails_on_a_break(world, triggers_lifted):
    event = record(world, at=None)
    audit.seal()
    with triggers_lifted():
        AuditEvent.objects.filter(pk=event.pk).update(verb="改过")
    with pytest.raises(CommandError, match="序号 1"):
        call_command("verify_audit", stdout=StringIO())


def test_lifting_restores_the_very_same_triggers(world, triggers_lifted):
    record(world)
    with triggers_lifted():
        AuditEvent.objects.update(verb="改过")
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEvent.objects.update(verb="又改")
    assert AuditEvent.objects.get().verb == "改过"


def test_who_reads_the_trail(world):
    project = world.project(world.huma, "冷链")
    foreign = world.project(world.mohe, "晒场")
    audit.record(by=world.office, verb="核对", target=project)
    audit.record(by=world.office, verb="核对", target=foreign)
    record(world)  # about a region: no business object
    seen = lambda user: AuditEvent.objects.visible_to(user).count()  # noqa: E731
    assert seen(world.secaudit) == 3
    assert seen(world.auditor) == 2
    assert [seen(user) for user in (world.office_head, world.leader, world.admin, world.secadmin, world.huma_clerk)] == [0] * 5


def test_a_county_s_auditor_reads_its_own_region_only(world):
    world.auditor.seats.update(region=world.huma)
    audit.record(by=world.office, verb="核对", target=world.project(world.huma, "冷链"))
    audit.record(by=world.office, verb="核对", target=world.project(world.mohe, "晒场"))
    assert [event.target_label for event in AuditEvent.objects.visible_to(world.auditor)] == [str(world.huma.projects.get())]


# --- pages -------------------------------------------------------------------------------------------------------------


def test_the_page_is_for_the_security_auditor_and_the_auditors(world):
    for user in (world.secaudit, world.auditor):
        assert world.client(user).get("/audit/").status_code == 200
    for user in (world.admin, world.secadmin, world.office_head, world.huma_clerk):
        assert world.client(user).get("/audit/").status_code == 403


def found(world, **query):
    page = world.client(world.secaudit).get("/audit/", query).context["page"]
    return [event.verb for event in page]


def test_searching_by_person_act_object_and_day(world):
    record(world, verb="登记批次")
    record(world, verb="分配到县", by=world.huma_clerk, target=world.mohe, at=world.at(17, 0))
    record(world, verb="退回", at=world.at(18, 23, 59))
    assert found(world) == ["退回", "分配到县", "登记批次"]
    assert found(world, person=str(world.huma_clerk)[:3]) == ["分配到县"]
    assert found(world, verb="批次") == ["登记批次"]
    assert found(world, target="漠河") == ["分配到县"]
    assert found(world, kind="projects.project") == []
    assert found(world, since="2026-11-17", until="2026-11-17") == ["分配到县"]
    assert found(world, since="2026-11-18") == ["退回"]


def test_the_list_costs_the_same_with_one_row_and_with_twenty(world, django_assert_max_num_queries):
    client = world.client(world.secaudit)
    for count in (1, 19):
        for _ in range(count):
            record(world)
        seal(world)
        with django_assert_max_num_queries(10):
            client.get("/audit/")


def test_the_detail_shows_before_and_after_by_the_words_of_the_fields(world):
    before = {"name": "冷链", "stage": "planned"}
    after = {"name": "冷链库", "stage": "planned", "document": "〔2026〕3号"}
    event = audit.record(by=world.office, verb="修改", target=world.project(world.huma, "冷链"), before=before, after=after)
    response = world.client(world.secaudit).get(f"/audit/{event.pk}/")
    rows = {row["name"]: (row["before"], row["after"], row["changed"]) for row in response.context["changes"]}
    planned = Stage.PLANNED.label
    assert rows == {
        "项目名称": ("冷链", "冷链库", True), "阶段": (planned, planned, False), "依据文件": (None, "〔2026〕3号", True),
    }  # fmt: skip


def test_an_event_out_of_sight_is_not_found(world):
    event = record(world)  # about a region: not for 审计查阅
    assert world.client(world.secaudit).get(f"/audit/{event.pk}/").status_code == 200
    assert world.client(world.auditor).get(f"/audit/{event.pk}/").status_code == 404


def test_verifying_on_the_page_reads_and_reports(world, triggers_lifted):
    events = [record(world, at=world.at(16, 8, 59)) for _ in range(2)]
    seal(world)
    client = world.client(world.secaudit)
    assert client.get("/audit/").context["was_verified"] is False
    assert "最近的记录链完整" in client.get("/audit/?verify=1").content.decode()
    with triggers_lifted():
        AuditEvent.objects.filter(pk=events[0].pk).update(verb="改过")
    assert "记录链有 1 处异常" in client.get("/audit/?verify=1").content.decode()


# --- the whole chain, in the background --------------------------------------------------------------------------------


def verified(world):
    """The security auditor presses the button, the worker does its part."""
    world.client(world.secaudit).post("/audit/verify/")
    jobs.run_job(Job.objects.get(kind="verify_audit", state=JobState.QUEUED).pk)
    return last_verification()


def test_a_whole_chain_is_said_to_be_whole_with_its_head_and_the_verification_enters_the_trail(world):
    [record(world) for _ in range(3)]
    seal(world)
    assert last_verification() is None
    found = verified(world)
    assert (found.is_whole, found.checked, found.head, found.by) == (True, 3, audit.head_hash(), str(world.secaudit))
    event = AuditEvent.objects.get(verb="核验审计链")
    assert event.actor == world.secaudit
    assert event.after == {"checked": 3, "sequence": 3, "head": found.head, "breaks": 0, "gaps": 0, "unsealed": 0}
    assert "完整" in Notification.objects.get(user=world.secaudit).body


def test_breaks_gaps_and_an_unsealed_tail_are_counted_apart(world, triggers_lifted, monkeypatch):
    monkeypatch.setattr(audit, "PORTION", 2)  # portions join: the third seal is measured against the second
    events = [record(world) for _ in range(4)]
    seal(world)
    record(world, at=world.at(16, 8))
    with triggers_lifted():
        AuditEvent.objects.filter(pk=events[0].pk).update(after={"amount_yuan": "1.00"})
        sealed = AuditSeal.objects.get(sequence=3)
        sealed.delete()
        AuditEvent.objects.filter(pk=sealed.event_id).delete()
    found = verified(world)
    assert not found.is_whole
    # gap: 3 is missing; breaks: 1 does not fit its hash, 4 does not follow 2
    assert (found.checked, found.gaps, found.breaks, found.unsealed) == (3, 1, 2, 1)
    assert found.findings[0] == "序号 3 缺失（下一条为 4）"


def test_the_page_shows_the_last_verification_to_both_readers_and_offers_it_to_one(world):
    record(world)
    seal(world)
    secaudit, auditor = world.client(world.secaudit), world.client(world.auditor)
    assert "由安全审计员在本页发起" in auditor.get("/audit/").content.decode()
    found = verified(world)
    for client, offered in ((secaudit, True), (auditor, False)):
        page = client.get("/audit/").content.decode()
        assert found.head in page and "核验 1 条" in page
        assert ("/audit/verify/" in page) is offered
    assert "manage.py" not in auditor.get("/audit/?verify=1").content.decode()


def test_looking_starts_nothing(world):
    client = world.client(world.secaudit)
    client.get("/audit/"), client.get("/audit/?verify=1")
    assert client.get("/audit/verify/").status_code == 405
    assert not Job.objects.exists() and not AuditEvent.objects.exists()


def test_only_the_security_auditor_starts_one_and_one_at_a_time(world):
    for user in (world.auditor, world.admin, world.office_head):
        assert world.client(user).post("/audit/verify/").status_code == 403
    first = verification.start(by=world.secaudit)
    assert verification.start(by=world.secaudit) == first
    other = world.machine(like=world.secaudit)
    with pytest.raises(WrongState, match="正在进行"):
        verification.start(by=other)
    page = world.client(world.secaudit).get("/audit/").content.decode()
    assert "核验正在进行" in page and "/audit/verify/" not in page


def test_when_it_is_done_its_page_leads_back_to_the_trail(world):
    client = world.client(world.secaudit)
    waiting = client.post("/audit/verify/")
    assert client.get(waiting["Location"]).status_code == 200
    jobs.run_job(Job.objects.get().pk)
    assert client.get(waiting["Location"])["Location"] == "/audit/"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_make_one_chain(world):
    for _ in range(200):
        record(world)
    barrier, counts = Barrier(2), []

    def work():
        barrier.wait(timeout=10)
        counts.append(seal(world))
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join(timeout=30) for thread in threads]

    assert sorted(counts) in ([0, 200], [0, 0])  # both may stumble over each other; the next tick seals
    seal(world)
    assert AuditSeal.objects.count() == 200
    assert findings(world) == []
