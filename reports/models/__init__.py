from .period import DeadlineMove, Period, PeriodKind
from .rollup import RollUp
from .weekly import (
    EDITABLE_STATES,
    NO_TASK,
    Remark,
    ReportCell,
    ReportIssueNote,
    ReportLine,
    ReportState,
    ReportVersion,
    RowDealing,
    Section,
    WeeklyReport,
    WeeklyTransition,
)

__all__ = [
    "EDITABLE_STATES", "NO_TASK", "DeadlineMove", "Period", "PeriodKind", "Remark", "ReportCell", "ReportIssueNote", "ReportLine",
    "ReportState", "ReportVersion", "RollUp", "RowDealing", "Section", "WeeklyReport", "WeeklyTransition",
]  # fmt: skip
