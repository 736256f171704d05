"""What the home offers to those who have no business queue: why an account sees nothing, and where 三员 go next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from linkage import access, periods
from linkage.models import ApiToken, AuditEvent, Job, JobState, User, Watermark

from . import people, who_may

TOKEN_ENDS_DAYS = 30


@dataclass(frozen=True)
class NoSeat:
    """Why a person with an account sees nothing, in words, and who can change it."""

    words: str
    keepers: list[User]


def without_seat(user: User, *, on: date) -> NoSeat | None:
    """None for everybody with a live seat; no query for them beyond their grants."""
    if access.grants_of(user):
        return None
    seats = list(user.seats.select_related("region", "organisation").order_by("since", "pk"))
    ahead = next((seat for seat in seats if seat.since > on), None)
    over = max((seat for seat in seats if seat.until and seat.until < on), key=lambda seat: seat.until, default=None)
    if ahead:
        words = f"您的岗位“{ahead}”从 {periods.day_words(ahead.since)}起生效，在此之前看不到内容。"
    elif over:
        words = f"您的岗位“{over}”已于 {periods.day_words(over.until)}到期。继续办理须由安全管理员重新安排岗位。"
    else:
        words = "账号已经开通，但安全管理员还没有给您安排岗位。能看什么、能办什么由岗位决定，安排好后刷新本页即可。"
    return NoSeat(words, who_may.keepers(on=on))


@dataclass(frozen=True)
class Link:
    """A place to go, with how things stand there."""

    label: str
    url: str
    note: str


def links(user: User, *, at: datetime) -> list[Link]:
    """Where a 安全管理员, 安全审计员 or 系统管理员 goes next; nothing for everybody else."""
    found: list[Link] = []
    if access.may(user, people.MANAGE):
        found += _of_people(user)
    if access.may(user, "audit.read"):
        found += _of_the_trail(at)
    if access.may(user, "setup.run"):
        found += _of_the_system(at)
    return found


def _of_people(user: User) -> list[Link]:
    fresh = people.with_unused_password(user).count()
    total = people.managed_users(user).count()
    return [
        Link("人员与岗位", reverse("people"), f"{total} 个账号"),
        Link("未用过口令", f"{reverse('people')}?state=fresh", f"{fresh} 个账号"),
        Link("上传名册", reverse("people-roster"), "一次建立多人的账号和岗位"),
    ]


def _of_the_trail(at: datetime) -> list[Link]:
    today = AuditEvent.objects.filter(at__gte=periods.moment(periods.day_of(at))).count()
    return [
        Link("审计记录", reverse("audit"), f"今天 {today} 条"),
        Link("核对散列链", f"{reverse('audit')}?verify=1", "检查记录有没有被改动"),
    ]


def _of_the_system(at: datetime) -> list[Link]:
    tick = Watermark.objects.filter(name="tick").first()
    failed = Job.objects.filter(state=JobState.FAILED).count()
    ends = ApiToken.objects.filter(revoked_at=None, expires_at__gt=at, expires_at__lte=periods.shift(at, days=TOKEN_ENDS_DAYS)).count()
    return [
        Link("自动事项", reverse("duties"), f"最近一次 {periods.ago_words(tick.at, at)}" if tick else "还没有运行过"),
        Link("后台任务", reverse("job-list"), f"{failed} 个未完成"),
        Link("名录", reverse("directory"), "单位、职能、承办单位、专班"),
        Link("词表", reverse("admin:index"), "项目类别、环节、原因等词条"),
        Link("接口令牌", reverse("tokens"), f"{ends} 个在 {TOKEN_ENDS_DAYS} 天内到期"),
    ]
