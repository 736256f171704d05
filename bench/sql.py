"""The same numbers by bare SQL, without models: the floor of the pages. Text that both engines understand."""

from django.db import connection

PACE = (
    "SELECT s.unit_id, b.level, SUM(s.amount_yuan), SUM(s.allocated_yuan) FROM funds_countyallocation s JOIN funds_batch b"
    " ON b.id = s.batch_id WHERE b.fund_year = %s GROUP BY s.unit_id, b.level",
    "SELECT p.unit_id, b.level, SUM(v.amount_yuan) FROM funds_voucher v JOIN funds_allocation a ON a.id = v.allocation_id"
    " JOIN funds_countyallocation s ON s.id = a.county_allocation_id JOIN funds_batch b ON b.id = s.batch_id"
    " JOIN projects_project p ON p.id = a.project_id WHERE b.fund_year = %s AND v.kind = 'pay' AND v.gone_at IS NULL"
    " GROUP BY p.unit_id, b.level",
)
_SAID = (
    "(SELECT r.paid_to_date_yuan FROM funds_reportedspending r WHERE r.allocation_id = a.id AND r.superseded_by_id IS NULL"
    " AND r.withdrawn_at IS NULL{} ORDER BY r.as_of DESC LIMIT 1)"
)
_OF_YEAR = (
    " FROM funds_allocation a JOIN funds_countyallocation s ON s.id = a.county_allocation_id JOIN funds_batch b ON b.id = s.batch_id"
    " JOIN projects_project p ON p.id = a.project_id JOIN linkage_region u ON u.id = s.unit_id WHERE b.fund_year = %s"
)
_WEEK_BEFORE = " AND r.as_of < (SELECT MAX(as_of) FROM funds_reportedspending)"
COUNTY = (f"SELECT s.unit_id, b.level, SUM({_SAID.format('')}), SUM({_SAID.format(_WEEK_BEFORE)}){_OF_YEAR} GROUP BY s.unit_id, b.level",)
LEDGER = (
    f"SELECT COUNT(*), SUM(a.amount_yuan), SUM({_SAID.format('')}){_OF_YEAR}",
    "SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.kind = 'pay' AND v.gone_at IS NULL AND v.allocation_id IN"
    f" (SELECT a.id{_OF_YEAR})",
    f"SELECT a.*, s.*, b.*, p.*, {_SAID.format('')}, (SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.allocation_id = a.id)"
    f"{_OF_YEAR} ORDER BY u.display_order, b.level, b.id, p.code, a.id LIMIT 50",
)
EACH = (
    f"SELECT a.project_id, a.amount_yuan, {_SAID.format('')}, (SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.allocation_id = a.id"
    f" AND v.kind = 'pay' AND v.gone_at IS NULL){_OF_YEAR}",
)
TREND = (
    "SELECT v.paid_on, SUM(v.amount_yuan) FROM funds_voucher v JOIN funds_allocation a ON a.id = v.allocation_id"
    " JOIN funds_countyallocation s ON s.id = a.county_allocation_id JOIN funds_batch b ON b.id = s.batch_id"
    " WHERE b.fund_year >= %s - 1 AND v.kind = 'pay' AND v.gone_at IS NULL GROUP BY v.paid_on",
    "SELECT r.unit_id, r.period_id, r.state, r.first_submitted_at FROM reports_weeklyreport r WHERE r.period_id IN"
    " (SELECT id FROM reports_period WHERE is_rest IS FALSE AND ends_on <= '%s-12-31' ORDER BY cutoff_at DESC LIMIT 8)",
)
PROJECTS = (
    "SELECT COUNT(*) FROM projects_project WHERE project_year <= %s",
    "SELECT p.*, u.name, t.short_name, (SELECT SUM(a.amount_yuan) FROM funds_allocation a WHERE a.project_id = p.id),"
    " (SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.project_id = p.id AND v.kind = 'pay') FROM projects_project p"
    " JOIN linkage_region u ON u.id = p.unit_id JOIN linkage_fundtask t ON t.id = p.task_id WHERE p.project_year <= %s"
    " ORDER BY u.display_order, p.project_year DESC, p.code LIMIT 50",
)
PROCEDURES = (
    "SELECT d.id, d.project_id, d.is_green, d.applied_on, d.state, d.promised_due_on, (SELECT SUM(a.amount_yuan) FROM funds_allocation a"
    " WHERE a.project_id = d.project_id), (SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.project_id = d.project_id AND v.kind = 'pay')"
    " FROM projects_procedure d JOIN projects_project p ON p.id = d.project_id WHERE p.project_year <= %s AND d.is_applicable"
    " AND d.state IN ('applied', 'accepted', 'tolerant', 'committed', 'correcting', 'referred')",
)
PROCEDURE_MONEY = (
    "SELECT d.id, d.project_id, d.kind_id, d.handler_id, d.state, d.term_days, d.last_on, (SELECT SUM(a.amount_yuan) FROM funds_allocation a"
    " WHERE a.project_id = d.project_id), (SELECT SUM(v.amount_yuan) FROM funds_voucher v WHERE v.project_id = d.project_id AND v.kind = 'pay')"
    " FROM projects_procedure d JOIN projects_project p ON p.id = d.project_id JOIN projects_procedurekind k ON k.id = d.kind_id"
    " WHERE p.project_year <= %s AND d.is_applicable AND k.blocks_payment AND d.state NOT IN ('granted', 'exempt')",
)
PROCEDURE_TIMES = (
    "SELECT d.kind_id, d.handler_id, d.department_days, d.applicant_days, d.outside_days, d.term_days, d.legal_days, d.promised_days, d.corrections,"
    " d.is_green FROM projects_procedure d JOIN projects_project p ON p.id = d.project_id"
    " WHERE p.project_year <= %s AND d.state IN ('granted', 'refused')",
)
_PROJECTS = "SELECT a.project_id FROM funds_allocation a JOIN funds_countyallocation s ON s.id = a.county_allocation_id JOIN funds_batch b" \
    " ON b.id = s.batch_id WHERE b.fund_year = %s"
WAITING = (
    "SELECT s.id, s.unit_id, s.amount_yuan, s.issued_on, b.task_id, b.level FROM funds_countyallocation s JOIN funds_batch b ON b.id = s.batch_id"
    " WHERE b.fund_year = %s",
    f"SELECT a.id, a.project_id, a.amount_yuan, a.decided_on FROM funds_allocation a WHERE a.project_id IN ({_PROJECTS})",
    f"SELECT v.allocation_id, v.paid_on, SUM(v.amount_yuan) FROM funds_voucher v WHERE v.kind = 'pay' AND v.gone_at IS NULL AND v.project_id IN"
    f" ({_PROJECTS}) GROUP BY v.allocation_id, v.paid_on",
    f"SELECT p.id, p.name, p.unit_id, p.task_id, p.method, p.stage, p.started_on, p.finished_on FROM projects_project p WHERE p.id IN ({_PROJECTS})",
    "SELECT f.project_id, f.as_of, f.claimed_unpaid_yuan, f.completed_investment_yuan, f.physical_ratio, f.step_id, f.holder_id, f.started_on,"
    " f.finished_on FROM projects_progress f WHERE f.superseded_by_id IS NULL AND f.withdrawn_at IS NULL AND f.as_of IN"
    f" (SELECT DISTINCT as_of FROM projects_progress ORDER BY as_of DESC LIMIT 5) AND f.project_id IN ({_PROJECTS})",
    "SELECT d.project_id, MAX(d.ended_on), COUNT(*) FROM projects_procedure d JOIN projects_procedurekind k ON k.id = d.kind_id WHERE d.is_applicable"
    f" AND k.blocks_payment AND d.project_id IN ({_PROJECTS}) GROUP BY d.project_id",
)
GRID = (
    "SELECT l.*, p.* FROM reports_reportline l JOIN projects_project p ON p.id = l.project_id WHERE l.report_id = %s",
    "SELECT c.*, a.amount_yuan, b.level FROM reports_reportcell c JOIN reports_reportline l ON l.id = c.line_id"
    " JOIN funds_allocation a ON a.id = c.allocation_id JOIN funds_countyallocation s ON s.id = a.county_allocation_id"
    " JOIN funds_batch b ON b.id = s.batch_id WHERE l.report_id = %s",
    "SELECT v.allocation_id, SUM(v.amount_yuan) FROM funds_voucher v WHERE v.allocation_id IN (SELECT c.allocation_id"
    " FROM reports_reportcell c JOIN reports_reportline l ON l.id = c.line_id WHERE l.report_id = %s) GROUP BY v.allocation_id",
)
ROLLUP = (
    "SELECT v.totals FROM reports_reportversion v JOIN reports_weeklyreport r ON r.id = v.report_id WHERE r.period_id = %s",
)  # fmt: skip


def run(statements: tuple[str, ...], argument: int) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.replace("%s", str(int(argument))))
            cursor.fetchall()
