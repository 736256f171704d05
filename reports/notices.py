"""Who is told what about the weekly dispatch, in which words. Keys make each notice go out once."""

from datetime import datetime

from linkage import periods
from linkage.models import Role, Seat
from linkage.notify import holders, tell


def _url(report) -> str:
    return f"/weekly/{report.period.key}/{report.unit.slug}/"


def _office(report, on):
    return holders(Role.OFFICE_CLERK, report.unit.parent, on) if report.unit.parent else []


def handed_in(report, *, at: datetime) -> None:
    tell(
        holders(Role.COUNTY_CHIEF, report.unit, periods.day_of(at)), key=f"{report.key}:handed_in:{report.revision}", at=at,
        title=f"{report.period.title} 待您审签", body=f"{report.handed_in_by} 已提交，请核对后审签上报。", url=_url(report), due_at=report.due_at,
    )  # fmt: skip


def sent_back(report, *, reason: str, at: datetime) -> None:
    tell(
        holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)), key=f"{report.key}:sent_back:{report.revision}", at=at,
        title=f"{report.period.title} 审签人退回修改", body=reason, url=_url(report), due_at=report.due_at,
    )  # fmt: skip


def submitted(report, version, *, far_above: int, at: datetime) -> None:
    doubt = f"有 {far_above} 处累计支出达到安排的 10 倍以上，请重点核对。" if far_above else ""
    tell(
        _office(report, periods.day_of(at)), key=f"{report.key}:v{version.number}", at=at,
        title=f"{report.unit} 已上报 {report.period.short_title} 第 {version.number} 版", body=f"{doubt}请接收或退回。", url=_url(report),
    )  # fmt: skip


def later_affected(report, *, keys: list[str], waiting: list[str], at: datetime) -> None:
    """An earlier period was signed again: what was reported later is listed, not altered."""
    day = periods.day_of(at)
    people = {*holders(Role.COUNTY_CLERK, report.unit, day), *holders(Role.COUNTY_CHIEF, report.unit, day), *_office(report, day)}
    parts = [f"{'、'.join(keys)}的上期或累计数与本期不一致，系统不改动，请核对后决定是否逐期更正。"] if keys else []
    parts += [f"{'、'.join(waiting)}正在审签，上期已随本期更新，请重新核对。"] if waiting else []
    tell(
        people, key=f"{report.key}:later:v{report.version}", at=at, title=f"{report.unit} {report.period.short_title} 更正影响后期报告",
        body="".join(parts), url=_url(report),
    )  # fmt: skip


def extra_superseded(extra, week, *, at: datetime) -> None:
    """An extra period is not opened: since it was set, a change of working days has given a week the same cut-off."""
    seats = Seat.objects.on(periods.day_of(at)).filter(role__in=[Role.OFFICE_CLERK, Role.OFFICE_HEAD], user__is_active=True)
    tell(
        [seat.user for seat in seats.select_related("user")],
        key=f"extra:{extra.key}:superseded", at=at, title=f"加期 {extra.key} 没有另开期",
        body=f"它与 {week.key} 周调度的数据截至日是同一天，同一天的累计数只能有一个，由当周周调度代替。", url=f"/calendar/?year={extra.cutoff_on.year}",
    )  # fmt: skip


def accepted(report, *, at: datetime) -> None:
    tell(
        holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)), key=f"{report.key}:accepted:v{report.version}", at=at,
        title=f"{report.period.title} 已接收", url=_url(report),
    )  # fmt: skip


def returned(report, *, reason: str, at: datetime) -> None:
    people = holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)) + holders(Role.COUNTY_CHIEF, report.unit, periods.day_of(at))
    tell(
        people, key=f"{report.key}:returned:{report.revision}", at=at, title=f"{report.period.title} 被退回修改", body=reason,
        url=_url(report), due_at=report.return_due_at,
    )  # fmt: skip


def unlocked(report, *, reason: str, at: datetime) -> None:
    tell(
        holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)), key=f"{report.key}:unlocked:{report.revision}", at=at,
        title=f"{report.period.title} 已解锁，可继续填报", body=reason, url=_url(report), due_at=report.unlocked_until,
    )  # fmt: skip


def exemption_ended(report, *, reason: str, at: datetime) -> None:
    people = holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)) + holders(Role.COUNTY_CHIEF, report.unit, periods.day_of(at))
    tell(
        people, key=f"{report.key}:exemption_ended:{report.revision}", at=at, title=f"{report.period.title} 取消免报，须上报", body=reason,
        url=_url(report), due_at=report.due_at,
    )  # fmt: skip


def due_soon(report, *, at: datetime) -> None:
    people = holders(Role.COUNTY_CLERK, report.unit, periods.day_of(at)) + holders(Role.COUNTY_CHIEF, report.unit, periods.day_of(at))
    tell(
        people, key=f"{report.key}:due_soon:{report.due_at.isoformat()}", at=at, title=f"{report.period.title} 即将截止，尚未上报",
        url=_url(report), due_at=report.due_at,
    )  # fmt: skip


def unlock_asked(report, *, by, reason: str, at: datetime) -> int:
    return tell(
        _office(report, periods.day_of(at)), key=f"{report.key}:unlock_asked:{report.revision}", at=at,
        title=f"{report.unit} 申请解锁 {report.period.short_title}", body=f"{by}：{reason}", url=_url(report),
    )  # fmt: skip


def rows_wanted(report, *, organisation, rows: int, at: datetime) -> int:
    day = periods.day_of(at)
    seats = organisation.seats.on(day).filter(role=Role.COUNTY_DEPT, user__is_active=True).select_related("user")
    return tell(
        {seat.user for seat in seats}, key=f"{report.key}:rows:{organisation.pk}:{day}", at=at,
        title=f"{report.period.title} 还有 {rows} 行等贵单位填报", url=_url(report), due_at=report.due_at,
    )  # fmt: skip
