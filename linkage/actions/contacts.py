"""Naming the “一对一” people of units and matters (二(一); features 1.4). Another person closes the row before and opens a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision
from linkage.figures import contacts as figures
from linkage.models import Contact, ContactPost, Matter, Organisation, Region, Responsibility, Seat, User
from linkage.personal import found_in

NAMED, CHANGED, CLEARED = "确定对接责任人", "更正对接责任人", "撤下对接责任人"


@dataclass(frozen=True)
class Person:
    """Somebody in a post, in words; `user` where the person has an account."""

    name: str
    duty: str = ""
    office_phone: str = ""
    user: User | None = None


@dataclass(frozen=True)
class Naming:
    """What becomes of one cell: post → person, None to leave the post empty; posts not named here stay as they are.

    `seen` is the `Cell.mark` of the page or sheet the person had before them; `keeps_documents`: people who stay keep the paper
    they rest on, `document` is for new ones.
    """

    region: Region
    matter: Matter
    people: Mapping[str, Person | None]
    document: str = ""
    seen: str | None = None
    keeps_documents: bool = False


@transaction.atomic
def name_contacts(*, by, namings: Sequence[Naming], since: date, at: datetime | None = None) -> int:
    """Name, correct or take out people from `since` on, all of them or none; gives how many posts changed.

    Raises Denied, or Refusal with the cell in words: no 承办单位, one person in both posts, a day before the person before
    began or after today, personal numbers; StaleRevision where somebody else filled the cell meanwhile. Same person, other
    telephone or document: the row is corrected. Other person or post: a new row (history keeps who it was).
    """
    return _name(by, namings, since, at or periods.now(), figures.may_fill)


@transaction.atomic
def pass_on(*, seat: Seat, keys: Sequence[str], to: User, by, at: datetime) -> None:
    """The posts of a seat's holder go to somebody else of the same body, from this day on: part of a handover, whose right it is."""
    rows = Contact.objects.standing().filter(pk__in=keys, user=seat.user_id).select_related("region", "matter")
    person = Person(to.name, to.duty, to.office_phone, to)
    cells: dict[tuple[int, int], list[Contact]] = {}
    for row in rows:
        cells.setdefault((row.region_id, row.matter_id), []).append(row)
    namings = [Naming(held[0].region, held[0].matter, {row.post: person for row in held}, held[0].document) for held in cells.values()]
    _name(by, namings, periods.day_of(at), at, lambda by, cell: True)


def _name(by, namings: Sequence[Naming], since: date, at: datetime, may: Callable[..., bool]) -> int:
    if since > periods.day_of(at):
        raise Refusal("起始日期不能在今天之后。", code="dates")
    cells = _locked_cells(namings, periods.day_of(at))
    over = _closed_days(namings)
    writing = _Writing(since, _seated(namings, since))
    for naming in namings:
        cell = cells[naming.region.pk, naming.matter.pk]
        if not may(by, cell):
            raise access.Denied(f"{cell.region}“{cell.matter}”的对接责任人由承办单位、本级专班办公室填写。", figures.EDIT, target=cell.region)
        _check(cell, naming, since, over.get((naming.region.pk, naming.matter.pk)))
        for post, person in naming.people.items():
            writing.post(cell, post, person, naming.document.strip(), naming.keeps_documents)
    return writing.write(by, at)


def end_with_body(*, by, region: Region, matter: Matter, organisation: Organisation | None, since: date, at: datetime) -> None:
    """Another body answers from `since` on: the people of the body before are nobody's contact any more."""
    rows = Contact.objects.standing().filter(region=region, matter=matter).select_related("region", "matter")
    for row in rows.exclude(organisation=organisation) if organisation else rows:
        row.until = max(row.since, periods.shift(since, days=-1))
        row.save(update_fields=["until"])
        audit.record(by=by, verb=CLEARED, target=row, after={"止": row.until, "原因": "承办单位变更"}, at=at)


def _locked_cells(namings: Sequence[Naming], on: date) -> dict[tuple[int, int], figures.Cell]:
    """The cells as they stand while nobody else fills them: the rows of their 承办单位 are locked first."""
    regions = {naming.region.pk: naming.region for naming in namings}
    matters = {naming.matter.pk: naming.matter for naming in namings}
    answers = Responsibility.objects.on(on).filter(region__in=regions, matter__in=matters)
    list(answers.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    found = figures.cells(on=on, regions=list(regions.values()), matters=matters.values())
    return {(cell.region.pk, cell.matter.pk): cell for cell in found}


def _closed_days(namings: Sequence[Naming]) -> dict[tuple[int, int], dict[str, date]]:
    """The last day of the latest closed row, per cell and post. One query."""
    found: dict[tuple[int, int], dict[str, date]] = {}
    rows = Contact.objects.filter(region__in={n.region.pk for n in namings}, matter__in={n.matter.pk for n in namings}, until__isnull=False)
    for region, matter, post, until in rows.order_by("until").values_list("region_id", "matter_id", "post", "until"):
        found.setdefault((region, matter), {})[post] = until
    return found


def _seated(namings: Iterable[Naming], on: date) -> set[tuple[int, int | None, int]]:
    """(user, organisation, region) of the live seats of the accounts named. One query."""
    users = {person.user.pk for naming in namings for person in naming.people.values() if person and person.user}
    rows = Seat.objects.filter(Q(until__isnull=True) | Q(until__gte=on), user__in=users) if users else Seat.objects.none()
    return set(rows.values_list("user_id", "organisation_id", "region_id"))


def _check(cell: figures.Cell, naming: Naming, since: date, closed: Mapping[str, date] | None) -> None:
    where = f"{cell.region}“{cell.matter}”"
    if cell.organisation is None or cell.answer is None:
        words = "本地无此机构，由地区对接，不用填写。" if cell.answer else "还没有承办单位，请先在“承办单位”中确定。"
        raise Refusal(f"{where}{words}", code="no_organisation")
    if naming.seen is not None and naming.seen != cell.mark:
        raise StaleRevision(f"您打开以后，{where}已由别人填写为：{_words(cell)}。请核对后再改。")
    if since < cell.answer.since:
        raise Refusal(f"{where}的承办单位自 {cell.answer.since} 起办理，起始日期不能更早。", code="dates")
    for post in naming.people:
        before, until = cell.people.get(post), (closed or {}).get(post)
        earliest = before.since if before else periods.shift(until, days=1) if until else since
        if since < earliest:
            raise Refusal(f"{where}{ContactPost(post).label}的起始日期不能早于 {earliest}：此前已有登记。", code="dates")
    _check_people(where, cell, naming)


def _words(cell: figures.Cell) -> str:
    return "，".join(f"{row.get_post_display()} {row.person_name}" for row in cell.people.values()) or "空缺"


def _check_people(where: str, cell: figures.Cell, naming: Naming) -> None:
    for post, person in naming.people.items():
        if person is None:
            continue
        if not person.name.strip():
            raise Refusal(f"{where}{ContactPost(post).label}须填写姓名。", code="name_needed")
        private = found_in(" ".join([person.name, person.duty, person.office_phone, naming.document]))
        if private:
            raise Refusal(f"{where}不能填写{private}。联系方式只登记办公电话。", code="personal_data")
    after = {post: row.person_name for post, row in cell.people.items()} | {
        post: person.name.strip() if person else "" for post, person in naming.people.items()
    }  # fmt: skip
    if after.get(ContactPost.A) and after.get(ContactPost.A) == after.get(ContactPost.B):
        raise Refusal(f"{where}的A岗和B岗须是两个人。", code="same_person")


class _Writing:
    """Collects what the cells need and writes it in a few statements."""

    def __init__(self, since: date, seated: set[tuple[int, int | None, int]]):
        self.since, self.seated = since, seated
        self.new: list[Contact] = []
        self.corrected: list[Contact] = []
        self.closed: list[Contact] = []
        self.dropped: list[Contact] = []
        self.trail: list[tuple[str, Contact, dict | None, dict | None]] = []

    def post(self, cell: figures.Cell, post: str, person: Person | None, document: str, keeps: bool) -> None:
        row, organisation = cell.people.get(post), cell.organisation
        assert organisation is not None  # _check has refused the others
        if person is None:
            if row:
                self._end(row)
                self.trail.append((CLEARED, row, _facts(row), None))
            return
        fresh = Contact(
            region=cell.region, matter=cell.matter, organisation=organisation, post=post, user=self._account(person, organisation, cell.region),
            person_name=person.name.strip(), duty=person.duty.strip(), office_phone=person.office_phone.strip(), document=document, since=self.since,
        )  # fmt: skip
        if row and keeps and _same_person(row, fresh):
            fresh.document = row.document
        if row and _facts(row) == _facts(fresh):
            return
        try:
            fresh.clean_fields(exclude=["region", "matter", "organisation", "user"])
        except ValidationError as error:
            raise Refusal(f"{cell.region}“{cell.matter}”：{'；'.join(error.messages)}") from error
        if row and (_same_person(row, fresh) or row.since == self.since):
            self._correct(row, fresh)
            return
        if row:
            self._end(row)
        self.new.append(fresh)
        self.trail.append((NAMED, fresh, _facts(row) if row else None, _facts(fresh)))

    def _account(self, person: Person, organisation: Organisation, region: Region) -> User | None:
        """The account, if it sits in the body (or, without a body, at the unit's own desk)."""
        user = person.user
        if user is None:
            return None
        if user.is_service or not user.is_active:
            raise Refusal(f"{user}的账号不能作为对接责任人：{'接口账号' if user.is_service else '已停用'}。", code="account")
        if not {(user.pk, organisation.pk), (user.pk, None)} & {(u, o) for u, o, r in self.seated if o is not None or r == region.pk}:
            raise Refusal(f"{user}在{organisation}没有岗位，请改选该单位的人，或不选账号只填姓名。", code="account")
        return user

    def _correct(self, row: Contact, fresh: Contact) -> None:
        before = _facts(row)
        row.person_name, row.duty, row.office_phone, row.document = fresh.person_name, fresh.duty, fresh.office_phone, fresh.document
        row.user, row.revision = fresh.user, row.revision + 1
        self.corrected.append(row)
        self.trail.append((CHANGED, row, before, _facts(fresh)))

    def _end(self, row: Contact) -> None:
        """The day before is the last; a person named on this very day was a mistake and leaves no row, only the trail."""
        if row.since == self.since:
            self.dropped.append(row)
        else:
            row.until = periods.shift(self.since, days=-1)
            self.closed.append(row)

    def write(self, by, at: datetime) -> int:
        dropped = {row.pk: audit.Target("linkage.contact", row.pk, str(row), row.scope_path) for row in self.dropped}
        Contact.objects.filter(pk__in=dropped).delete()
        Contact.objects.bulk_update(self.closed, ["until"], batch_size=200)
        Contact.objects.bulk_update(self.corrected, ["person_name", "duty", "office_phone", "document", "user", "revision"], batch_size=200)
        try:
            with transaction.atomic():
                Contact.objects.bulk_create(self.new, batch_size=200)
        except IntegrityError as error:
            raise StaleRevision("刚才有人填写了同一格，请刷新后核对再改。") from error
        for verb in (NAMED, CHANGED, CLEARED):
            rows = [(dropped.get(row.pk, row), before, after) for said, row, before, after in self.trail if said == verb]
            if rows:
                audit.record_many(by=by, verb=verb, rows=rows, at=at)
        return len(self.trail)


def _same_person(row: Contact, fresh: Contact) -> bool:
    """The same name in the same office; an account found later does not make another person of it."""
    accounts = {row.user_id, fresh.user_id} - {None}
    return (row.person_name, row.duty) == (fresh.person_name, fresh.duty) and len(accounts) < 2


def _facts(row: Contact) -> dict:
    return {"姓名": row.person_name, "职务": row.duty, "办公电话": row.office_phone, "依据文件": row.document, "账号": row.user.username if row.user else ""}
