"""A change of the catalogue and the lists that stand already: looked at, then applied (features 3.1)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied

from linkage.errors import StaleRevision
from linkage.models import AuditEvent, DictionaryEntry, DictionaryKind, Notification
from projects.actions import catalogue as keeping
from projects.actions import help_request
from projects.actions.catalogue_reach import apply_to_lists, reaches_nobody
from projects.actions.checklist import refresh_checklist, sync_checklists
from projects.figures.catalogue_reach import reach
from projects.models import Nature, Procedure, ProcedureKind, Stage
from tests.projects.procedures import catalogue, procedure
from tests.projects.test_documents import keep
from tests.projects.test_procedures import codes, step


@pytest.fixture
def listed(world):
    """A cold store of 1.2 million and a yard of 0.6 million in the plan, a hall whose works have begun."""
    world.catalogue = catalogue(world)
    world.store = world.project(world.huma, "冷链仓储", planned_investment_yuan=Decimal("1200000"))
    world.yard = world.project(world.mohe, "晒场", planned_investment_yuan=Decimal("600000"))
    world.hall = world.project(world.huma, "车间", planned_investment_yuan=Decimal("900000"), stage=Stage.STARTED)
    sync_checklists([world.store, world.yard, world.hall], at=world.at(2))
    return world


def change(w, code, *, needs=(), **values):
    kind = ProcedureKind.objects.get(code=code)
    return keeping.save_kind(kind=kind, values=values, prerequisites=needs, by=w.office_head, revision=kind.revision)


def test_a_new_matter_is_shown_first_and_asked_of_nobody_before_it_is_applied(listed):
    values = {"name": "消防设计审查", "matter": listed.catalogue.kinds["permit"].matter, "nature": Nature.APPROVAL, "methods": ["works"]}
    kind = keeping.save_kind(kind=None, code="fire", values=values, prerequisites=[], by=listed.office_head)
    found = reach(kind)
    assert [(c.what, c.project.name) for c in found.changes] == [("add", "晒场"), ("add", "冷链仓储")]  # 漠河市 stands before 呼玛县
    assert (found.projects, found.begun, found.words) == (2, 1, "列入清单 2 项")
    assert not Procedure.objects.filter(kind=kind).exists()
    apply_to_lists(kind=kind, mark=found.mark, by=listed.office_head)
    assert procedure(listed.store, "fire").handler == listed.housing_bureau
    assert "fire" not in codes(listed.hall)
    assert ProcedureKind.objects.get(code="fire").is_ahead_of_lists is False
    assert Notification.objects.filter(user=listed.huma_clerk, title__contains="1 个项目的清单已更新").exists()
    assert AuditEvent.objects.filter(verb="按手续目录更新清单").count() == 2
    assert AuditEvent.objects.get(verb="手续目录应用到清单").after["项目"] == 2


def test_narrowing_takes_off_what_is_open_and_leaves_what_is_done(listed):
    done, under_way = procedure(listed.store, "proposal"), procedure(listed.hall, "proposal")
    for name, day in (("apply", 2), ("accept", 3), ("grant", 9)):
        step(listed, done, name, day, by=listed.ndrc, document="呼发改〔2026〕9号")
    step(listed, under_way, "apply", 2, by=listed.huma_clerk)
    kind = change(listed, "proposal", min_investment_yuan=Decimal(5_000_000))
    found = reach(kind)
    assert [(c.what, c.project.name) for c in found.changes] == [("drop", "晒场"), ("off", "车间")]
    assert found.settled == 1
    apply_to_lists(kind=kind, mark=found.mark, by=listed.office_head)
    assert ("proposal" in codes(listed.store, is_applicable=True), "proposal" in codes(listed.yard)) == (True, False)
    assert codes(listed.hall, is_applicable=False) == ["proposal"]
    assert "移出清单，保留记录" in procedure(listed.hall, "proposal").transitions.get(name="catalogue").reason
    refresh_checklist(project=listed.store, by=listed.huma_clerk)
    assert "proposal" in codes(listed.store, is_applicable=True)  # what is done stays, whoever refreshes
    kind = change(listed, "proposal", min_investment_yuan=None)
    assert [(c.what, c.project.name) for c in reach(kind).changes] == [("add", "晒场"), ("back", "车间")]


def test_days_follow_the_day_of_acceptance_and_done_ones_keep_theirs(listed):
    """Accepted on Monday 2 and on Tuesday 10 November; from the 5th on the promise is 10 days instead of 15."""
    early, late, done = procedure(listed.store, "land-preview"), procedure(listed.hall, "land-preview"), procedure(listed.yard, "land-preview")
    for row, day, by in ((early, 2, listed.huma_land), (late, 10, listed.huma_land), (done, 10, listed.mohe_land)):
        step(listed, row, "apply", day, by=by)
        step(listed, row, "accept", day, by=by)
    step(listed, done, "grant", 12, by=listed.mohe_land, document="漠自然资〔2026〕1号")
    kind = listed.catalogue.kinds["land-preview"]
    keeping.change_term(
        kind=kind, effective_from=date(2026, 11, 5), legal_days=20, legal_basis="行政许可法第四十二条", promised_days=10, promised_basis="承诺书",
        reason="优化营商环境", by=listed.office_head,
    )  # fmt: skip
    kind.refresh_from_db()
    found = reach(kind)
    assert [(c.what, c.project.name, c.words) for c in found.changes] == [("term", "车间", "承诺 15 → 10 个工作日（2026-11-10 受理）")]
    assert found.settled == 1
    apply_to_lists(kind=kind, mark=found.mark, by=listed.office_head)
    late.refresh_from_db(), early.refresh_from_db(), done.refresh_from_db()
    assert (late.promised_days, late.promised_due_on, late.legal_due_on) == (10, date(2026, 11, 24), date(2026, 12, 8))
    assert (early.promised_days, done.promised_days) == (15, 15)
    step(listed, late, "grant", 13, document="呼自然资〔2026〕2号")
    assert (late.term_days, late.promised_days) == (3, 10)  # the note in the record is no step


def test_a_future_term_reaches_no_list(listed):
    row = procedure(listed.store, "land-preview")
    step(listed, row, "apply", 2, by=listed.huma_clerk)
    step(listed, row, "accept", 3)
    kind = listed.catalogue.kinds["land-preview"]
    keeping.change_term(kind=kind, effective_from=date(2027, 1, 1), legal_days=20, legal_basis="行政许可法", promised_days=5, by=listed.office_head)
    kind.refresh_from_db()
    assert reaches_nobody(kind)
    assert not kind.is_ahead_of_lists


def test_what_was_not_looked_at_is_not_applied(listed):
    kind = change(listed, "proposal", min_investment_yuan=Decimal(5_000_000))
    seen = reach(kind).mark
    step(listed, procedure(listed.store, "proposal"), "apply", 2, by=listed.huma_clerk)
    with pytest.raises(StaleRevision, match="没有应用"):
        apply_to_lists(kind=kind, mark=seen, by=listed.office_head)
    with pytest.raises(PermissionDenied):
        apply_to_lists(kind=kind, mark=reach(kind).mark, by=listed.office)
    assert not Procedure.objects.filter(is_applicable=False).exists()


def test_saving_leads_to_what_it_would_change_and_the_catalogue_remembers(listed):
    kind, client = listed.catalogue.kinds["permit"], listed.client(listed.office_head)
    body = {"name": kind.name, "matter": kind.matter_id, "nature": kind.nature, "methods": ["works"], "min_investment_yuan": "500", "is_active": "on",
            "blocks_payment": "on", "revision": "0"}  # fmt: skip
    saved = client.post("/procedures/catalogue/permit/", body)
    assert saved["Location"].endswith("/procedures/catalogue/permit/reach/")
    text = client.get(saved["Location"]).content.decode()
    assert "这次修改影响 <b>2</b> 个项目的清单：移出清单（没有办过） 2 项" in text
    assert "清单未更新" in client.get("/procedures/catalogue/").content.decode()
    assert "修改还没有应用到已生成的清单" in client.get("/procedures/catalogue/permit/").content.decode()
    mark = text.split('name="mark" value="')[1].split('"')[0]
    assert client.post(saved["Location"], {"mark": "old"}).status_code == 302
    assert Procedure.objects.filter(kind=kind).count() == 2
    assert client.post(saved["Location"], {"mark": mark}).status_code == 302
    assert not Procedure.objects.filter(kind=kind).exists()
    assert "清单未更新" not in client.get("/procedures/catalogue/").content.decode()


def test_what_has_a_document_or_a_request_for_help_leaves_the_list_and_keeps_it(listed):
    """Nobody has applied yet, but a file lies there, a body was asked: the procedure is taken off the list, never deleted."""
    filed, asked = procedure(listed.store, "land-preview"), procedure(listed.yard, "land-preview")
    kind = DictionaryEntry.objects.create(kind=DictionaryKind.DOCUMENT, code="approval", name="批复")
    keep(listed, filed, kind, title="勘测定界图")
    help_request.raise_request(procedure=asked, text="图件谁出", by=listed.mohe_clerk, at=listed.at())
    change(listed, "land-preview", methods=["training"])
    found = reach(ProcedureKind.objects.get(code="land-preview"))
    assert {(c.what, c.project.name) for c in found.changes if c.project in (listed.store, listed.yard)} == {("off", "冷链仓储"), ("off", "晒场")}
    assert sync_checklists([listed.store], at=listed.at())["off"] == 1
    found = reach(found.kind)
    apply_to_lists(kind=found.kind, mark=found.mark, by=listed.office_head)
    for row in (filed, asked):
        row.refresh_from_db()
        assert row.is_applicable is False
    assert filed.documents.count() == asked.help_requests.count() == 1
