"""Versioned values the office can change, looked up by the date of the event (features 11.2).

`CATALOGUE` names every rule with its meaning, unit and default; the default is what practice uses and is marked 待核对
until the office confirms it. `book()` reads all versions once per request.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from linkage.models import RuleVersion
from linkage.periods import OfficeHours, WorkCalendar, WorkHours
from linkage.periods.season import Season


@dataclass(frozen=True)
class Rule:
    """`kind` is integer, ratio (percent as people write it), choice, boolean, season ("11-01至04-15", empty for none) or hours
    ("08:30至11:30、13:30至17:00"); `choices` maps value to words."""

    code: str
    title: str
    meaning: str
    kind: str
    default: Any
    unit: str = ""
    source: str = ""
    low: int | None = None
    high: int | None = None
    choices: tuple[tuple[str, str], ...] = ()

    def clean(self, value: Any) -> Any:
        """The value in its stored form, or a ValidationError that says what is allowed."""
        if self.kind == "choice":
            if value not in dict(self.choices):
                raise ValidationError(f"{self.title}只能是：{'、'.join(words for _, words in self.choices)}。")
            return value
        if self.kind == "boolean":
            return bool(value)
        if self.kind == "season":
            return _season_words(self.title, value)
        if self.kind == "hours":
            return _hours_words(self.title, value)
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise ValidationError(f"{self.title}须为整数。") from None
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise ValidationError(f"{self.title}须在 {self.low} 与 {self.high} 之间。")
        return number

    def words(self, value: Any) -> str:
        if self.kind == "choice":
            return dict(self.choices).get(value, str(value))
        if self.kind == "boolean":
            return "是" if value else "否"
        if self.kind == "season":
            return value or "不设"
        if self.kind == "hours":
            return value
        return f"{value}{self.unit}"


def _season_words(title: str, value: Any) -> str:
    try:
        season = Season.read(str(value or ""))
    except ValueError:
        raise ValidationError(f"{title}请写成“11-01至04-15”（月-日至月-日），不设则留空。") from None
    return season.words if season else ""


def _hours_words(title: str, value: Any) -> str:
    try:
        return OfficeHours.read(str(value or "")).words
    except ValueError:
        raise ValidationError(f"{title}请写成“08:30至11:30、13:30至17:00”（时:分至时:分，先后为序、不重叠）。") from None


_RULES = (
    Rule("pace_basis", "考核口径", "红黄绿、通报所用的支出口径", "choice", "treasury", source="features 4.2",
         choices=(("treasury", "财政口径（支付凭证）"), ("county", "周报口径（县级上报）"))),
    Rule("pace_method", "序时算法", "目标按月份÷12还是按日折算；财政系统默认月份÷12", "choice", "month", source="domain §1.2",
         choices=(("month", "月份÷12"), ("day", "按日折算"))),
    Rule("pace_yellow_points", "滞后界限", "支出进度低于目标多少个百分点以内为正常", "integer", 0, "个百分点", "domain §4.5", 0, 100),
    Rule("pace_red_points", "严重滞后界限", "低于目标超过多少个百分点为严重滞后", "integer", 8, "个百分点", "domain §4.5", 0, 100),
    Rule("young_money_days", "新到资金天数", "下达未满多少天的资金可从分母中剔除另列", "integer", 30, "天", "features 4.3", 0, 365),
    Rule("carry_over_years", "结转年限", "资金连续几个预算年度未用完的按结余管理（预算法第42条、实施条例第50条）", "integer", 2, "年", "domain §1.5", 1, 5),
    Rule("weekly_due_hour", "周报截止时刻", "上报截止日的几点", "integer", 17, "时", "features 5.2", 0, 23),
    Rule("weekly_lock_days", "周报锁定", "截止后几天锁定，之后须由专班办公室解锁", "integer", 7, "天", "features 5.6", 0, 60),
    Rule("weekly_return_workdays", "退改时限", "退回后几个工作日内重新上报", "integer", 1, "个工作日", "features 5.6", 1, 20),
    Rule("weekly_remind_hours", "周报提醒", "截止前几小时提醒未上报单位", "integer", 4, "小时", "features 5.3", 0, 72),
    Rule("statement_jump_ratio", "支出异动核实", "单周支出超过安排金额的百分之几须说明", "integer", 50, "%", "features 5.8", 0, 100),
    Rule("treasury_gap_wan", "与财政口径差异核实", "累计支出与财政口径相差超过多少万元须说明", "integer", 1, "万元", "features 9.2", 0, 100000),
    Rule("issue_due_workdays_minor", "一般问题整改时限", "从发现起", "integer", 20, "个工作日", "features 8.5", 1, 250),
    Rule("issue_due_workdays_major", "较重问题整改时限", "从发现起", "integer", 15, "个工作日", "features 8.5", 1, 250),
    Rule("issue_due_workdays_critical", "重大问题整改时限", "从发现起", "integer", 10, "个工作日", "features 8.5", 1, 250),
    Rule("tender_threshold_works_wan", "施工必须招标限额", "施工单项合同估算价达到多少必须招标（国家发展改革委令第16号）", "integer", 400, "万元",
    "domain §5.2", 0, 100000),
    Rule("tender_threshold_goods_wan", "货物必须招标限额", "重要设备、材料等货物单项合同估算价达到多少必须招标", "integer", 200, "万元", "domain §5.2", 0,
    100000),
    Rule("tender_threshold_services_wan", "服务必须招标限额", "勘察、设计、监理等服务单项合同估算价达到多少必须招标", "integer", 100, "万元", "domain §5.2",
    0, 100000),
    Rule("notice_min_days", "公示公告最少天数", "公示公告时间原则上不少于多少天，起止当天都算", "integer", 10, "天", "domain §2.6", 1, 90),
    Rule("retention_max_percent", "质保金上限", "质保金占结算价的比例超过多少须核实", "integer", 3, "%", "domain §5.2a", 0, 100),
    Rule("retention_days", "质保期", "验收后多少天返还质保金，用于计算本期应付（待核对，以合同约定为准）", "integer", 365, "天", "domain §5.2a", 0, 3650),
    Rule("contract_sign_days", "签约期限", "中标通知书发出后多少天内订立书面合同（招标投标法第46条）", "integer", 30, "天", "domain §5.1", 1, 365),
    Rule("import_max_rows", "导入行数上限", "一次导入最多多少行", "integer", 20000, "行", "features 2.5", 100, 200000),
    Rule("import_max_mb", "导入文件上限", "一次导入的文件最大", "integer", 20, "MB", "features 2.5", 1, 200),
    Rule("feed_max_rows", "财政数据行数上限", "一次上传的财政导出文件最多多少行", "integer", 200000, "行", "features 9.1", 1000, 1000000),
    Rule("feed_max_mb", "财政数据文件上限", "一次上传的财政导出文件最大", "integer", 60, "MB", "features 9.1", 1, 500),
    Rule("treasury_feeder", "财政数据由谁上传", "负有上传责任的一方；另一方也可以上传", "choice", "prefecture", source="features 9.4",
         choices=(("prefecture", "地区财政局统一上传"), ("county", "各县（市、区）财政局分别上传"))),
    Rule("treasury_due_weekday", "财政数据上传日", "每周星期几之前上传支付明细（1 为星期一）", "integer", 4, "", "features 9.4", 1, 7),
    Rule("treasury_max_age_days", "财政数据时效", "上传日当天，支付明细的截止日最多早几天", "integer", 7, "天", "features 9.4", 1, 60),
    Rule("treasury_gone_percent", "已不见行数核实", "同期同单位不再出现的行超过多少，须由人确认是完整导出", "integer", 10, "%", "features 9.1", 0, 100),
    Rule("winter_window", "冬季停工期", "期内在建工程周调度默认“本期无变化”，登记停工时带出复工日期", "season", "11-01至04-15", source="features 2.2、5.1"),
    Rule("fire_window", "防火停工期", "登记防火期停工时带出复工日期", "season", "04-16至05-31", source="features 2.2"),
    Rule("office_hours", "办公时间", "工作小时按工作日的这些时段计算", "hours", "08:30至11:30、13:30至17:00", source="features 1.5"),
    Rule("help_sign_hours", "提请协调签收时限", "收到提请（转办、升级重新计）后几个工作小时内签收", "integer", 4, "个工作小时", "features 1.5", 1, 200),
    Rule("help_answer_hours", "提请协调办复时限", "收到提请（转办、升级、退回再办重新计）后几个工作小时内办复", "integer", 24, "个工作小时",
    "features 1.5", 1, 500),
    Rule("help_transfers", "提请协调转办次数", "承办单位之间最多转办几次，再转须由地区专班办公室指定", "integer", 2, "次", "features 1.5、三(二)", 0, 9),
    Rule("seat_end_workdays", "岗位到期提醒", "写明截止日期的岗位，到期前几个工作日起提醒交接未办结的事项", "integer", 5, "个工作日", "features 1.6", 0, 60),
    Rule("document_max_mb", "项目资料文件上限", "项目资料、照片单个文件最大", "integer", 20, "MB", "features 2.2", 1, 200),
)  # fmt: skip
CATALOGUE: dict[str, Rule] = {rule.code: rule for rule in _RULES}


class RuleBook:
    """All versions at once; `get` answers for a day."""

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[date, int, Any]]] = {}
        for code, effective, pk, value in RuleVersion.objects.order_by("effective_from", "pk").values_list(
            "code", "effective_from", "pk", "value"
        ):
            self._versions.setdefault(code, []).append((effective, pk, value))

    def version(self, code: str, on: date) -> tuple[int | None, Any]:
        """(id of the version in force, value); id None means the catalogue's default."""
        rule = CATALOGUE[code]
        found: tuple[int | None, Any] = (None, rule.default)
        for effective, pk, value in self._versions.get(code, ()):
            if effective <= on:
                found = (pk, value)
        return found

    def get(self, code: str, on: date) -> Any:
        return self.version(code, on)[1]

    def spans(self, code: str) -> list[tuple[date, date, Any]]:
        """(first day, day before which it ends, value) over all time: for conditions on dated rows."""
        starts = [(date.min, CATALOGUE[code].default), *((effective, value) for effective, _, value in self._versions.get(code, ()))]
        ends = [effective for effective, _ in starts[1:]] + [date.max]
        return [(first, end, value) for (first, value), end in zip(starts, ends, strict=True)]

    def snapshot(self, on: date) -> dict[str, dict]:
        """Every rule in force on a day, with version ids, for periods and frozen documents."""
        return {code: dict(zip(("version", "value"), self.version(code, on), strict=True)) for code in CATALOGUE}


_hold: ContextVar[bool] = ContextVar("rule_book_hold", default=False)
_book: ContextVar[RuleBook | None] = ContextVar("rule_book", default=None)


@contextmanager
def one_book():
    """Inside, all look-ups share one reading of the table (a request, a task)."""
    token = _book.set(None)
    _holding = _hold.set(True)
    try:
        yield
    finally:
        _book.reset(token)
        _hold.reset(_holding)


def book() -> RuleBook:
    """The rule book; read anew unless `one_book()` holds one."""
    held = _book.get()
    if held is None:
        held = RuleBook()
        if _hold.get():
            _book.set(held)
    return held


def forget() -> None:
    """After a rule changed within one request."""
    _book.set(None)


def season(code: str, *, on: date) -> Season | None:
    """The stretch of the year a season rule names, as in force on a day."""
    return Season.read(get(code, on=on))


def work_hours(*, on: date, calendar: WorkCalendar | None = None) -> WorkHours:
    """Working time by the office hours in force on a day."""
    return WorkHours(OfficeHours.read(get("office_hours", on=on)), calendar or WorkCalendar.load())


def get(code: str, *, on: date) -> Any:
    """The value of a rule in force on the day of the event."""
    return book().get(code, on)
