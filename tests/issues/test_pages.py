"""/issues/: the ledger page, the issue page with its next step, raising, and who gets 404, 403, 409 (features 8.1, 8.2)."""

from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from issues.actions import ledger
from issues.figures import counts
from issues.models import Issue, Origin
from linkage import periods

pytestmark = pytest.mark.django_db


def raised(world, title="用地手续未办结", **given):
    given = {"unit": world.huma, "title": title, "by": world.office, "at": world.at(), "origin": Origin.WEEKLY} | given
    return ledger.raise_issue(**given)


def accepted(world, **given):
    return ledger.accept(issue=raised(world, **given), by=world.huma_clerk, measures="补报材料", responsible="李明", at=world.at(17))


def closing(world, **given):
    return ledger.request_closure(issue=accepted(world, **given), by=world.huma_clerk, result="已取得批复", at=world.at(18))


def titles(page) -> list[str]:
    return [issue.title for _, _, issues in page.context["groups"] for issue in issues]


@pytest.fixture
def full(world):
    """Four of 呼玛 in every state, one overdue, and one of 漠河."""
    raised(world, "待签收的")
    accepted(world, title="整改中的")
    accepted(world, title="整改逾期的", raised_on=date(2026, 9, 1), due_on=date(2026, 9, 30))
    closing(world, title="申请销号的")
    ledger.close(issue=closing(world, title="已销号的"), by=world.huma_chief, at=world.at(19))
    raised(world, "漠河的", unit=world.mohe)
    return world


def get(world, person, **query):
    with periods.clock(world.at(20)):
        response = world.client(getattr(world, person)).get("/issues/", query)
    assert response.status_code == 200
    return response


def test_grouped_by_state_and_overdue_first(full):
    page = get(full, "huma_clerk")
    assert titles(page) == ["申请销号的", "整改逾期的", "整改中的", "待签收的", "已销号的"]
    assert [state for _, state, _ in page.context["groups"]] == ["closing", "rectifying", "assigned", "closed"]
    assert "漠河的" not in page.text
    assert "共 5 个问题" in page.text


@pytest.mark.parametrize(
    ("person", "query", "expected"),
    [
        ("office", {"unit": "mohe"}, ["漠河的"]),
        ("office", {"state": "overdue"}, ["整改逾期的"]),
        ("office", {"state": "open", "unit": "huma"}, ["申请销号的", "整改逾期的", "整改中的", "待签收的"]),
        ("huma_clerk", {"state": "closed"}, ["已销号的"]),
        ("huma_clerk", {"q": "李明", "state": "closing"}, ["申请销号的"]),
        ("huma_clerk", {"mine": "on"}, ["整改逾期的", "整改中的", "待签收的"]),
        ("huma_chief", {"mine": "on"}, ["申请销号的"]),
        ("office", {"mine": "on"}, []),
        ("office", {"origin": "audit"}, []),
        ("huma_clerk", {"unit": "mohe"}, ["申请销号的", "整改逾期的", "整改中的", "待签收的", "已销号的"]),
    ],
)
def test_filters(full, person, query, expected):
    assert titles(get(full, person, **query)) == expected


def test_counts_by_hand(full):
    found = counts(Issue.objects.filter(unit=full.huma), on=date(2026, 11, 20))
    assert (found.total, found.open, found.overdue, found.closing, found.closed) == (5, 4, 1, 1, 1)
    assert str(found.closed_ratio) == "0.2"
    assert counts(Issue.objects.filter(unit=full.huma), on=date(2026, 9, 30)).overdue == 0
    assert counts(Issue.objects.none(), on=date(2026, 11, 20)).closed_ratio is None


def test_an_issue_led_by_a_department_is_seen_by_it_and_by_no_other(world):
    raised(world, "用地", lead=world.land_bureau)
    assert titles(get(world, "land")) == ["用地"]
    assert titles(get(world, "land", mine="on")) == ["用地"]
    assert titles(get(world, "water")) == []


def test_the_number_of_queries_does_not_grow_with_the_rows(world):
    client = world.client(world.office)
    project = world.project(world.huma, "冷链仓储")
    raised(world, project=project)
    client.get("/issues/")
    with CaptureQueriesContext(connection) as one:
        client.get("/issues/")
    for number in range(19):
        raised(world, f"问题{number}", project=project, lead=world.huma_land_bureau)
    with CaptureQueriesContext(connection) as twenty:
        assert len(titles(client.get("/issues/"))) == 20
    assert len(one) == len(twenty) <= 15


def test_the_sheet_holds_what_is_shown_grouped(full):
    with periods.clock(full.at(20)):
        response = full.client(full.huma_clerk).get("/issues/export/", {"state": "open"})
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content) if response.streaming else response.content)).active
    cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
    assert "整改逾期的" in cells
    assert "整改中（逾期）" in cells
    assert "已销号的" not in cells
    assert "漠河的" not in cells


# -- the issue page -----------------------------------------------------------------------------------------------------


def page(world, person, issue, status=200):
    response = world.client(getattr(world, person)).get(f"/issues/{issue.pk}/")
    assert response.status_code == status
    return response


def test_out_of_sight_is_not_found(world):
    issue = raised(world)
    page(world, "mohe_clerk", issue, 404)
    page(world, "admin", issue, 404)
    assert world.client(world.mohe_clerk).post(f"/issues/{issue.pk}/accept/", {"revision": 0}).status_code == 404
    assert world.client(world.mohe_clerk).post(f"/issues/{issue.pk}/note/", {"text": "看看"}).status_code == 404


def test_the_page_says_what_is_needed_next_and_offers_it_to_the_right_person(world):
    issue = raised(world)
    assert [step["name"] for step in page(world, "huma_clerk", issue).context["steps"]] == ["accept"]
    assert page(world, "huma_chief", issue).context["steps"] == []
    assert "签收并提出整改措施" in page(world, "huma_chief", issue).text


def test_the_rectifier_is_told_that_another_person_judges(world):
    issue = closing(world)
    assert [step["name"] for step in page(world, "huma_chief", issue).context["steps"]] == ["close", "return"]
    assert page(world, "huma_clerk", issue).context["steps"] == []


def post(world, person, issue, name, **values):
    issue.refresh_from_db()
    return world.client(getattr(world, person)).post(f"/issues/{issue.pk}/{name}/", {"revision": issue.revision} | values)


def test_the_whole_way_by_pages(world):
    issue = raised(world)
    way = (
        ("huma_clerk", "accept", {"measures": "补报材料", "responsible": "李明"}),
        ("huma_clerk", "note", {"text": "材料已报"}),
        ("huma_clerk", "request_closure", {"result": "已取得批复"}),
        ("huma_chief", "return", {"reason": "批复未附"}),
        ("huma_clerk", "request_closure", {"result": "已附批复"}),
        ("huma_chief", "close", {"opinion": "属实"}),
    )
    for hour, (person, name, values) in enumerate(way, 10):
        with periods.clock(world.at(16, hour)):
            assert post(world, person, issue, name, **values).status_code == 302
    entries = page(world, "huma_clerk", issue).context["entries"]
    assert [entry["what"] for entry in entries] == ["登记问题", "签收", "整改进展", "申请销号", "退回整改", "申请销号", "销号"]


@pytest.mark.parametrize(
    ("person", "name", "values"),
    [
        ("office", "accept", {"measures": "补", "responsible": "李明"}),
        ("leader", "accept", {"measures": "补", "responsible": "李明"}),
        ("huma_clerk", "close", {}),
        ("leader", "note", {"text": "看看"}),
    ],
)
def test_in_sight_without_the_right_is_forbidden(world, person, name, values):
    assert post(world, person, raised(world), name, **values).status_code == 403


def test_a_move_in_the_wrong_state_is_a_conflict_told_in_words(world):
    response = post(world, "huma_chief", raised(world), "close", opinion="属实")
    assert response.status_code == 409
    assert "已交办" in response.text


def test_a_stale_page_keeps_what_was_typed(world):
    issue = accepted(world)
    response = world.client(world.huma_clerk).post(f"/issues/{issue.pk}/request_closure/", {"revision": 0, "result": "已取得批复文件"})
    assert response.status_code == 409
    assert "已取得批复文件" in response.text
    assert f'name="revision" value="{issue.revision}"' in response.text


def test_missing_words_and_personal_numbers_are_refused_at_the_field(world):
    issue = raised(world)
    empty = post(world, "huma_clerk", issue, "accept", measures="", responsible="李明")
    assert empty.status_code == 422
    personal = post(world, "huma_clerk", issue, "accept", measures="找 13904571234", responsible="李明")
    assert personal.status_code == 422
    assert "手机号码" in personal.text


def test_an_invented_step_is_not_found(world):
    assert post(world, "huma_clerk", raised(world), "vanish").status_code == 404


# -- raising ------------------------------------------------------------------------------------------------------------


def typed(**values):
    return {
        "title": "塔吊停工", "description": "", "origin": "weekly", "origin_label": "第47周调度", "severity": "critical", "raised_on": "2026-11-16",
    } | values  # fmt: skip


def test_from_a_project_unit_and_task_are_known(world):
    project = world.project(world.huma, "冷链仓储", task=world.tasks["ethnic"])
    client = world.client(world.huma_clerk)
    form = client.get(f"/issues/new/?project={project.pk}")
    assert "冷链仓储" in form.text
    assert 'name="unit"' not in form.text
    with periods.clock(world.at(16)):
        assert client.post(f"/issues/new/?project={project.pk}", typed()).status_code == 302
    issue = Issue.objects.get()
    assert (issue.project, issue.unit, issue.task, issue.due_on) == (project, world.huma, world.tasks["ethnic"], date(2026, 11, 30))


def test_a_foreign_project_in_the_address_is_not_found(world):
    project = world.project(world.mohe, "晒场")
    client = world.client(world.huma_clerk)
    assert client.get(f"/issues/new/?project={project.pk}").status_code == 404
    assert client.post(f"/issues/new/?project={project.pk}", typed()).status_code == 404
    assert client.get("/issues/new/?project=abc").status_code == 404


def test_a_foreign_unit_in_the_form_is_refused(world):
    response = world.client(world.huma_clerk).post("/issues/new/", typed(unit=world.mohe.pk))
    assert response.status_code == 422
    assert not Issue.objects.exists()


def test_who_may_not_raise(world):
    for person in (world.leader, world.auditor, world.huma_implementer):
        assert world.client(person).get("/issues/new/").status_code == 403
