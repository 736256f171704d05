"""资料 of a project: looked into, kept without place, handed out in the project's scope alone, withdrawn and never lost (2.2, 2.8)."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from linkage.errors import Refusal, WrongState
from linkage.models import AuditEvent, DictionaryEntry, DictionaryKind, RuleVersion
from linkage.uploads import UnfitFile
from projects.actions.contract import create_contract
from projects.actions.document import add_document, withdraw_document
from projects.actions.plan import open_plan
from projects.models import AnnualPlan, Asset, ProjectDocument, ProjectRevision, PublicNotice
from tests.access.walking import read
from tests.linkage.test_pictures import exif, jpeg

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture
def project(world):
    return world.project(world.huma, "冷链仓储", implementer=world.huma_implementer_bureau)


@pytest.fixture
def kind(world):
    return DictionaryEntry.objects.create(kind=DictionaryKind.DOCUMENT, code="approval", name="批复")


def keep(world, project, kind, content=PDF, name="可研批复.pdf", *, by=None, **values):
    return add_document(owner=project, file=SimpleUploadedFile(name, content), kind=kind, by=by or world.huma_clerk, at=world.at(), **values)


def test_a_file_is_kept_with_its_words_and_audited(world, project, kind):
    row = keep(world, project, kind, document_no="呼发改〔2026〕8号", dated_on=date(2026, 3, 1))
    assert (row.title, row.document_no, row.dated_on, row.upload.content_type) == ("可研批复", "呼发改〔2026〕8号", date(2026, 3, 1), "application/pdf")
    event = AuditEvent.objects.get(verb="上传资料")
    assert (event.target_id, event.after["document"]) == (str(project.pk), "可研批复")


def test_a_photograph_loses_its_place_and_gives_its_day(world, project, kind):
    row = keep(world, project, kind, jpeg(exif()), "现场.jpg")
    assert row.dated_on == date(2026, 5, 12)
    with row.upload.file.open() as kept:
        assert b"50.4267" not in kept.read()


def test_a_camera_with_a_wrong_clock_is_not_believed(world, project, kind):
    assert keep(world, project, kind, jpeg(exif(taken=b"2031:01:01 10:30:00")), "现场.jpg").dated_on is None


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [(b"MZ\x90\x00", "批复.pdf", "只接受"), (b"", "批复.pdf", "空的"), (PDF[:-8], "批复.pdf", "不完整"),
     (b"\xff\xd8\xff\xe0\x00\x00\xff\xd9", "照片.jpg", "已损坏")],
    ids=["program", "empty", "cut", "broken"],
)  # fmt: skip
def test_what_is_not_what_it_says_is_refused(world, project, kind, content, name, words):
    with pytest.raises(UnfitFile, match=words):
        keep(world, project, kind, content, name)
    assert not ProjectDocument.objects.exists()


def test_the_limit_is_a_rule(world, project, kind):
    RuleVersion.objects.create(code="document_max_mb", value=1, effective_from=date(2026, 1, 1), document="通知", created_at=world.at())
    with pytest.raises(UnfitFile, match="超过上限 1 MB"):
        keep(world, project, kind, PDF[:-7] + b" " * 1024 * 1024 + b"\n%%EOF\n")


def test_the_same_file_twice_is_told_unless_the_first_is_withdrawn(world, project, kind):
    first = keep(world, project, kind)
    with pytest.raises(Refusal, match="已在资料里：“可研批复”"):
        keep(world, project, kind, name="另一个名字.pdf")
    withdraw_document(document=first, reason="传错项目", by=world.huma_clerk, at=world.at())
    assert keep(world, project, kind).pk != first.pk


@pytest.mark.parametrize("values", [{"title": "户主 232721198003041234"}, {"dated_on": date(2026, 11, 17)}])
def test_personal_numbers_and_days_to_come_are_refused(world, project, kind, values):
    with pytest.raises(Refusal):
        keep(world, project, kind, **values)


def test_another_word_list_is_no_kind_of_document(world, project):
    with pytest.raises(Refusal, match="资料种类"):
        keep(world, project, world.category)


@pytest.mark.parametrize(
    ("person", "may"),
    [("huma_clerk", True), ("huma_agri", True), ("huma_implementer", True), ("huma_ethnic", False), ("huma_chief", False),
     ("office", False), ("mohe_clerk", False)],
)  # fmt: skip
def test_who_uploads(world, project, kind, person, may):
    if may:
        assert keep(world, project, kind, by=getattr(world, person)).added_by == getattr(world, person)
    else:
        with pytest.raises(PermissionDenied):
            keep(world, project, kind, by=getattr(world, person))


def test_withdrawn_with_a_reason_it_stays_with_its_file(world, project, kind):
    row = keep(world, project, kind, by=world.huma_implementer)
    with pytest.raises(Refusal, match="理由"):
        withdraw_document(document=row, reason=" ", by=world.huma_implementer)
    with pytest.raises(PermissionDenied):
        withdraw_document(document=row, reason="不对", by=world.huma_agri)
    withdraw_document(document=row, reason="不是本项目的", by=world.huma_implementer, at=world.at())
    with pytest.raises(WrongState):
        withdraw_document(document=row, reason="再撤", by=world.huma_clerk)
    page = world.client(world.office).get(f"/projects/{project.pk}/documents/")
    assert (page.context["box"]["documents"], [one.pk for one in page.context["box"]["withdrawn"]]) == ([], [row.pk])
    assert read(world.client(world.office), f"/documents/{row.pk}/").body == PDF


def test_withdrawing_without_a_reason_is_refused_by_the_database(world, project, kind):
    row = keep(world, project, kind)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProjectDocument.objects.filter(pk=row.pk).update(withdrawn_at=world.at(), withdrawn_by=world.huma_clerk)


@pytest.mark.parametrize(
    ("person", "status"), [("office", 200), ("huma_chief", 200), ("huma_implementer", 200), ("mohe_clerk", 404), ("ethnic", 404), ("admin", 404)]
)
def test_a_file_is_handed_out_in_the_scope_of_its_project(world, project, kind, person, status):
    row = keep(world, project, kind)
    assert read(world.client(getattr(world, person)), f"/documents/{row.pk}/").status_code == status


def test_a_file_is_not_found_below_another_project(world, project, kind):
    row, other = keep(world, project, kind), world.project(world.huma, "村内道路")
    assert world.client(world.office).get(f"/projects/{other.pk}/documents/{row.pk}/").status_code == 404


def test_uploading_in_the_browser(world, project, kind):
    client, address = world.client(world.huma_clerk), f"/documents/new/project/{project.pk}/"
    assert client.post(address, {"kind": kind.pk}).status_code == 422
    bad = client.post(address, {"kind": kind.pk, "file": SimpleUploadedFile("批复.pdf", b"MZ")})
    assert bad.status_code == 422 and "只接受" in bad.text
    answer = client.post(address, {"kind": kind.pk, "file": SimpleUploadedFile("批复.pdf", PDF), "document_no": "〔2026〕8号"})
    assert answer.headers["Location"] == f"/projects/{project.pk}/documents/"
    assert "〔2026〕8号" in client.get(f"/projects/{project.pk}/documents/").text


@pytest.mark.parametrize("person", ["huma_clerk", "huma_implementer", "huma_agri"])
def test_the_number_of_queries_does_not_grow(world, project, kind, person):
    client, address = world.client(getattr(world, person)), f"/projects/{project.pk}/documents/"
    keep(world, project, kind, by=world.huma_implementer)
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(19):
        keep(world, project, kind, PDF + str(number).encode(), f"{number}.pdf", by=world.huma_implementer)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get(address).context["box"]["documents"]) == 20
    assert len(few) == len(many)


# -- other owners -----------------------------------------------------------------------------------------------------------


def owned(world, project):
    """One of everything a file can belong to."""
    plan = open_plan(unit=world.huma, year=2026, by=world.huma_clerk, at=world.at())
    contract = create_contract(
        unit=world.huma, name="冷库施工", projects=[project], by=world.huma_clerk, kind="works", method="open_tender", announced_on=date(2026, 3, 9)
    )
    revision = ProjectRevision.objects.create(
        project=project, revision=1, kind="content", before={}, after={}, reason="扩建", document="呼农〔2026〕8号", at=world.at(), by=world.huma_clerk
    )
    return {
        "project": project, "plan": plan, "contract": contract, "adjustment": revision,
        "asset": Asset.objects.create(
            project=project, name="冷库", kind="public", owner_kind="village", value_yuan=Decimal("10"), created_at=world.at(), updated_at=world.at()
        ),
        "notice": PublicNotice.objects.create(project=project, kind="project", place="village", from_on=date(2026, 5, 1), updated_at=world.at()),
    }  # fmt: skip


def test_every_owner_shows_its_files_and_the_project_shows_them_all(world, project, kind):
    project.refresh_from_db()
    client = world.client(world.huma_clerk)
    for name, owner in owned(world, project).items():
        at = f"/documents/new/{name}/{owner.pk}/"
        answer = client.post(at, {"kind": kind.pk, "title": f"{name}的文件", "file": SimpleUploadedFile("批复.pdf", PDF)})
        assert answer.status_code == 302, (name, answer.status_code)
        assert f"{name}的文件" in client.get(answer.headers["Location"]).text, name
    seen = client.get(f"/projects/{project.pk}/documents/").text
    assert [name for name in ("adjustment", "asset", "contract", "notice", "project") if f"{name}的文件" not in seen] == []
    rows = client.get("/documents/?of=plan").context["page"]
    assert [row.owner_words for row in rows] == ["年度计划 呼玛县2026年度实施计划"]
    assert client.get("/documents/").context["page"].paginator.count == 6


def test_a_plan_s_file_is_seen_with_the_plan(world, project, kind):
    """A draft is the county's own; when it is sent up its files are read above. A department of the county may not add to it."""
    plan = owned(world, project)["plan"]
    row = keep(world, plan, kind)
    assert read(world.client(world.huma_chief), f"/documents/{row.pk}/").status_code == 200
    assert read(world.client(world.office), f"/documents/{row.pk}/").status_code == 404
    assert list(ProjectDocument.objects.visible_to(world.office)) == []
    for person in (world.huma_agri, world.huma_implementer, world.mohe_clerk):
        with pytest.raises(PermissionDenied):
            keep(world, plan, kind, PDF + b"%", by=person)
    AnnualPlan.objects.filter(pk=plan.pk).update(
        state="filing", document_no="呼农组〔2026〕1号", decided_on=date(2026, 2, 1), decided_by=world.huma_chief, sha256="0" * 64
    )
    assert list(ProjectDocument.objects.visible_to(world.office)) == [row]


def test_a_contract_s_file_comes_from_whoever_uploads_for_one_of_its_projects(world, project, kind):
    contract = owned(world, project)["contract"]
    row = keep(world, contract, kind, by=world.huma_implementer)
    assert ProjectDocument.objects.visible_to(world.huma_agri).get() == row
    with pytest.raises(PermissionDenied):
        keep(world, contract, kind, PDF + b"%", by=world.huma_ethnic)
    assert world.client(world.huma_ethnic).get(f"/documents/new/contract/{contract.pk}/").status_code == 404
    with pytest.raises(PermissionDenied):
        withdraw_document(document=row, reason="不对", by=world.huma_agri)


def test_the_form_comes_with_what_the_owner_says(world, project):
    approval = DictionaryEntry.objects.create(kind=DictionaryKind.DOCUMENT, code="approval", name="批复")
    revision = owned(world, project)["adjustment"]
    form = world.client(world.huma_clerk).get(f"/documents/new/adjustment/{revision.pk}/").context["form"]
    assert form.initial == {"kind": approval, "document_no": "呼农〔2026〕8号"}


def test_a_file_has_exactly_one_owner(world, project, kind):
    row = keep(world, project, kind)
    asset = owned(world, project)["asset"]
    for change in ({"asset": asset}, {"project": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProjectDocument.objects.filter(pk=row.pk).update(**change)


def test_the_list_of_files_asks_the_same_number_of_questions(world, project, kind):
    client = world.client(world.office)
    keep(world, project, kind)
    client.get("/documents/")
    with CaptureQueriesContext(connection) as few:
        client.get("/documents/")
    for number in range(19):
        keep(world, project, kind, PDF + str(number).encode(), f"{number}.pdf")
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/documents/").context["page"]) == 20
    assert len(few) == len(many)


def test_the_sheet_says_what_belongs_where(world, project, kind):
    keep(world, owned(world, project)["asset"], kind)
    sheet = cells(world.client(world.huma_clerk).get("/documents/export/"))
    assert [sheet["所属"], sheet["项目"]] == ["资产 冷库", "冷链仓储"]


def cells(response) -> dict:
    """The first line of the sheet by its headings."""
    rows = [list(row) for row in openpyxl.load_workbook(BytesIO(response.content)).active.iter_rows(values_only=True)]
    head = next(number for number, row in enumerate(rows) if "所属" in row)
    return dict(zip(rows[head], rows[head + 1], strict=True))
