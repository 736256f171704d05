"""提请协调 as people meet it: two clicks from a project, three fields for a call, a conversation with its next step (1.5)."""

from datetime import date
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from issues.actions import ledger
from projects.actions import help_request as acts
from projects.models import HelpRequest
from reports.figures.queue import queue
from tests.projects.helping import help_world
from tests.projects.test_help_requests import ask

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def w(world):
    help_world(world)
    world.store = world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)
    return world


def page(w, person, address):
    response = w.client(person).get(address)
    assert response.status_code == 200, response.content.decode()[:500]
    return response.content.decode()


def test_from_the_project_in_two_clicks_and_onto_its_tab(w):
    address = f"/help-requests/new/?project={w.store.pk}"
    assert f'href="{address}"' in page(w, w.huma_implementer, f"/projects/{w.store.pk}/")
    assert address not in page(w, w.leader, f"/projects/{w.store.pk}/")
    form = {"text": "用地预审一直没有受理", "files": [SimpleUploadedFile("回执.pdf", PDF), SimpleUploadedFile("说明.pdf", PDF + b"%%EOF\n")]}
    response = w.client(w.huma_implementer).post(address, form)
    made = HelpRequest.objects.get()
    assert response["Location"] == made.get_absolute_url()
    text = page(w, w.huma_land, made.get_absolute_url())
    for words in ("用地预审一直没有受理", "回执.pdf", "说明.pdf", "签收时限：今天 15:00 前（还剩工作时间 4 小时）", "呼玛县自然资源局"):
        assert words in text
    file = made.transitions.get().files.first()
    sent = w.client(w.huma_land).get(f"{made.get_absolute_url()}files/{file.pk}/")
    assert b"".join(sent.streaming_content) == PDF
    assert "提请协调未办结 1 件" in page(w, w.huma_clerk, f"/projects/{w.store.pk}/help/")


def test_a_file_that_is_none_stops_everything(w):
    bad = [SimpleUploadedFile("回执.pdf", PDF), SimpleUploadedFile("病毒.pdf", b"MZ")]
    response = w.client(w.huma_implementer).post(f"/help-requests/new/?project={w.store.pk}", {"text": "用地", "files": bad})
    assert response.status_code == 422
    assert "只接受 PDF、JPG、PNG 文件" in response.content.decode()
    assert not HelpRequest.objects.exists()


def test_from_an_issue_with_its_words_and_address_only(w):
    issue = ledger.raise_issue(unit=w.huma, project=w.store, title="欠薪", by=w.huma_clerk, origin="inspection", due_on=date(2026, 12, 1))
    text = page(w, w.huma_clerk, issue.get_absolute_url())
    assert f"origin=issue&amp;label={issue.code}" in text
    address = f"/help-requests/new/?project={w.store.pk}&origin=issue&label={issue.code}&url=/issues/{issue.pk}/"
    w.client(w.huma_clerk).post(address, {"text": "请财政部门协调"})
    made = HelpRequest.objects.get()
    assert (made.origin, made.origin_label, made.origin_url) == ("issue", issue.code, f"/issues/{issue.pk}/")
    outside = w.client(w.huma_clerk).post(address.replace("/issues/", "https://x.example/issues/"), {"text": "请协调"})
    assert outside.status_code == 422
    assert "来源链接只能是本系统内的页面" in outside.content.decode()


def test_a_call_in_three_fields(w):
    other = w.project(w.huma, "冷链物流")
    client = w.client(w.huma_clerk)
    typed = {"caller": "兴业公司李经理", "find": "冷链", "text": "用地预审卡住了"}
    response = client.post("/help-requests/register/", typed)
    assert response.status_code == 422
    assert "有 2 个项目符合，请选一个" in response.content.decode()
    assert other.code in client.get("/help-requests/register/find/?find=冷链 物流").content.decode()
    client.post("/help-requests/register/", typed | {"project": w.store.pk})
    assert client.post("/help-requests/register/", typed | {"find": "仓储"}).status_code == 302  # one alone is taken
    assert {(row.project, row.caller, row.matter.code, row.is_by_phone) for row in HelpRequest.objects.all()} == {(w.store, "兴业公司李经理", "land", True)}
    assert client.post("/help-requests/register/", typed | {"project": w.project(w.mohe, "晒场").pk}).status_code == 404
    empty = client.post("/help-requests/register/", {}).content.decode()
    for words in ("请写明谁来的电话", "请写项目名称或编号的几个字", "请写明需要协调解决什么问题"):
        assert words in empty


def test_the_next_step_stands_on_the_page_and_a_late_click_is_told(w):
    one = ask(w)
    address = one.get_absolute_url()
    assert "btn btn-primary" in page(w, w.huma_land, address).split("下一步")[1]
    assert "<form" not in page(w, w.leader, address).split("下一步")[1].split("</aside>")[0]
    client = w.client(w.huma_land)
    assert client.post(f"{address}sign/", {"revision": "0"}).status_code == 302
    again = client.post(f"{address}sign/", {"revision": "0"})
    assert again.status_code == 409
    assert "最近一步“签收”由" in again.content.decode()
    stale = client.post(f"{address}answer/", {"revision": "0", "reason": "已受理，三日内办结"})
    assert stale.status_code == 409
    assert "已受理，三日内办结" in stale.content.decode()  # what was typed stays, under the present revision
    assert 'name="revision" value="1"' in stale.content.decode()
    assert client.post(f"{address}confirm/", {"revision": "1"}).status_code == 403
    assert client.post(f"{address}nothing/", {"revision": "1"}).status_code == 404


def test_spent_hops_leave_the_office_alone_to_choose(w):
    one = ask(w)
    for to, by in ((w.ndrc_bureau, w.huma_land), (w.huma_land_bureau, w.ndrc)):
        acts.forward(request=one, to=to, reason="对方在先", by=by, at=w.at(16, 10))
    text = page(w, w.huma_land, one.get_absolute_url())
    assert "已转办 2 次（最多 2 次）" in text
    assert "地区专班办公室（由其指定承办单位）" in text
    assert "地区发展改革委</option>" not in text
    assert "指定承办单位</summary>" in page(w, w.office, one.get_absolute_url())
    assert "来回转办未办结 1 件" in page(w, w.office, "/help-requests/?show=all")


def test_lists_by_whose_turn_it_is_and_the_same_rows_in_excel(w):
    first, second = ask(w), ask(w, "资金拨付慢", by=w.huma_clerk)
    assert second.tier == "prefecture"  # nobody is named for 资金拨付 in the county, whose office asks
    assert "用地手续一直办不下来" in page(w, w.huma_land, "/help-requests/")
    assert "目前没有要您办的" in page(w, w.huma_implementer, "/help-requests/")
    assert first.code in page(w, w.huma_implementer, "/help-requests/?show=mine")
    text = page(w, w.leader, "/help-requests/")
    assert first.code in text
    assert second.code in text
    assert "待我办" not in text
    response = w.client(w.office).get("/help-requests/export/?show=all&q=拨付")
    rows = [[cell.value for cell in row] for row in load_workbook(BytesIO(response.content)).active.iter_rows()]
    assert [row[1] for row in rows if row[0] == 1] == [second.code]


def test_what_waits_is_in_the_queue(w):
    one = ask(w)
    [todo] = [todo for todo in queue(w.huma_land, w.at(16, 10)) if one.code in todo.what]
    assert (todo.kind, todo.button, todo.due_at) == ("due", "去签收", w.at(16, 15))
    assert todo.due_words == "今天 15:00 前（还剩工作时间 3 小时）", "the same words as on its page"
    assert [t.kind for t in queue(w.huma_land, w.at(17, 9)) if one.code in t.what] == ["overdue"]
    acts.reply(request=one, reason="已办", by=w.huma_land, at=w.at(16, 10))
    assert [t.button for t in queue(w.huma_implementer, w.at(16, 11)) if one.code in t.what] == ["去确认"]


def test_nobody_is_passed_it_by_accident(w):
    one = ask(w)
    url, client = f"{one.get_absolute_url()}forward/", w.client(w.huma_land)
    said = {"revision": one.revision, "reason": "应由别的单位办"}
    answer = client.post(url, said | {"to": ""})
    assert answer.status_code == 422 and "请选择转给哪个单位" in answer.content.decode()
    assert client.post(url, said | {"to": "office"}).status_code == 302
    one.refresh_from_db()
    assert (one.tier, one.holder) == ("prefecture", w.office_bureau)
    answer = w.client(w.office).post(url, {"revision": one.revision, "reason": "先批可研", "to": "office"})
    assert answer.status_code == 409 and "请选择由哪个单位承办" in answer.content.decode()


def test_who_may_not_export_is_offered_no_excel_and_who_asked_finds_it(w):
    one = ask(w)
    text = page(w, w.huma_implementer, "/help-requests/")
    assert "目前没有要您办的" in text and "看我提出的" in text and "导出 Excel" not in text
    assert "导出 Excel" not in page(w, w.huma_implementer, "/projects/")
    assert one.code in page(w, w.huma_implementer, "/help-requests/?show=mine&state=open")
    assert "导出 Excel" in page(w, w.huma_land, "/help-requests/")


def test_how_bodies_answer_is_read_by_the_offices_and_by_the_body_itself(w):
    acts.reply(request=ask(w), reason="已办", by=w.huma_land, at=w.at(16, 10))
    acts.forward(request=ask(w), to=w.ndrc_bureau, reason="可研在先", by=w.huma_land, at=w.at(16, 10))
    office, land = page(w, w.office, "/help-requests/times/"), page(w, w.huma_land, "/help-requests/times/")
    assert "共收到 3 件次" in office
    assert "地区发展改革委" in office
    assert "共收到 2 件次" in land
    assert "地区发展改革委" not in land.split("<main")[1]
    assert "共收到 3 件次" in page(w, w.leader, "/help-requests/times/")
    for other in (w.huma_clerk, w.huma_chief, w.finance):  # neither asked nor there to compare
        assert "2026年还没有收到提请协调" in page(w, other, "/help-requests/times/")
    body = f"/departments/{w.huma_land_bureau.pk}/"
    assert "签收用时中位数 1.0 工作小时" in page(w, w.huma_land, body)
    assert "签收用时中位数" not in page(w, w.agri, body)
    assert w.client(w.office).get("/help-requests/times/export/").status_code == 200


def test_lists_and_pages_ask_as_often_for_one_as_for_twenty(w):
    addresses = ("/help-requests/?show=all", "/help-requests/", "/help-requests/times/", f"/projects/{w.store.pk}/help/", "/")

    def queries():
        found = []
        for person, address in [(w.office, one) for one in addresses] + [(w.huma_land, "/help-requests/"), (w.huma_land, "/")]:
            client = w.client(person)
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            found.append((address, len(seen)))
        return found

    def more(count):
        for _ in range(count):
            one = ask(w)
            acts.sign(request=one, by=w.huma_land, at=w.at(16, 10))
            two = ask(w, by=w.huma_clerk)
            acts.forward(request=two, to=w.ndrc_bureau, reason="可研", by=w.huma_land, at=w.at(16, 10))

    more(1)
    queries()
    before = queries()
    more(19)
    assert queries() == before
