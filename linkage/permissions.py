"""The table role × permission × breadth (features 12.3). Rules of sight are in `access.py`; this is only the table.

三员: the system administrator keeps units, words and jobs running, the security administrator people and seats, the
security auditor reads the trail; none of them sees business data.
"""

from enum import Enum

from linkage.models.organisation import Function
from linkage.models.user import Role


class Breadth(Enum):
    """Which rows of the seat's region a seat reads."""

    ALL = "all"  # every row
    TASKS = "tasks"  # rows of the tasks the organisation leads
    ACTING = "acting"  # rows in which the organisation acts
    OWN = "own"  # projects the organisation carries out
    BY_FUNCTION = "by_function"  # decided by what the organisation is for (FUNCTION_PERMISSIONS, TaskLead)


ROLE_BREADTH: dict[str, frozenset[Breadth]] = {
    Role.COUNTY_CLERK: frozenset({Breadth.ALL}),
    Role.COUNTY_CHIEF: frozenset({Breadth.ALL}),
    Role.COUNTY_DEPT: frozenset({Breadth.BY_FUNCTION}),
    Role.OFFICE_CLERK: frozenset({Breadth.ALL}),
    Role.OFFICE_HEAD: frozenset({Breadth.ALL}),
    Role.DEPT_CLERK: frozenset({Breadth.BY_FUNCTION}),
    Role.DEPT_HEAD: frozenset({Breadth.BY_FUNCTION}),
    Role.LEADER: frozenset({Breadth.ALL}),
    Role.IMPLEMENTER: frozenset({Breadth.OWN}),
    Role.AUDITOR: frozenset({Breadth.ALL}),
    Role.SYSADMIN: frozenset(),
    Role.SECADMIN: frozenset(),
    Role.SECAUDIT: frozenset(),
}

_OFFICE = frozenset({
    "weekly.review", "weekly.unlock", "rollup.compile", "dashboard.read", "batch.edit", "funds.allocate", "import.run",
    "issue.raise", "issue.close", "issue.note", "period.read", "directory.read", "export.run", "plan.file", "alike.decide",
    "procedure.green", "procedure.hand_over", "procedure.answer_for", "contact.edit", "handover.make",
    "help.raise", "help.answer", "help.record", "help.decide", "breakdown.edit",
})  # fmt: skip

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.COUNTY_CLERK: frozenset({
        "weekly.fill", "weekly.deal", "weekly.hand_in", "weekly.recall", "weekly.scan", "project.edit", "plan.compose", "document.add", "funds.arrange",
        "contract.edit", "alike.decide",
        "funds.opening", "import.run", "issue.raise", "issue.rectify", "issue.note", "period.read", "directory.read",
        "export.run", "procedure.record", "procedure.green", "procedure.hand_over", "procedure.import", "contact.edit",
        "help.raise", "help.answer", "help.record",
    }),
    Role.COUNTY_CHIEF: frozenset({
        "weekly.sign", "weekly.send_back", "weekly.scan", "plan.decide", "issue.raise", "issue.close", "period.read", "directory.read",
        "export.run", "procedure.answer_for", "contact.edit", "handover.make", "help.raise", "help.answer",
    }),
    Role.COUNTY_DEPT: frozenset({
        "weekly.fill_dealt", "document.add", "issue.raise", "issue.rectify", "issue.note", "period.read", "directory.read", "export.run",
        "procedure.act", "procedure.import", "contact.edit", "help.raise", "help.answer",
    }),
    Role.OFFICE_CLERK: _OFFICE,
    Role.OFFICE_HEAD: _OFFICE | {
        "period.move", "rule.edit", "funds.close", "calendar.edit", "roster.edit", "weekly.exempt", "procedure.catalogue",
    },
    Role.DEPT_CLERK: frozenset({
        "issue.raise", "issue.rectify", "issue.note", "period.read", "directory.read", "export.run", "dashboard.read", "procedure.act",
        "procedure.import", "contact.edit", "help.answer",
    }),
    Role.DEPT_HEAD: frozenset({
        "issue.raise", "issue.close", "issue.note", "period.read", "directory.read", "export.run", "dashboard.read", "procedure.act",
        "contact.edit", "handover.make", "help.answer",
    }),
    Role.LEADER: frozenset({"period.read", "directory.read", "export.run", "dashboard.read"}),
    Role.IMPLEMENTER: frozenset({"document.add", "issue.rectify", "issue.note", "period.read", "directory.read", "help.raise"}),
    Role.AUDITOR: frozenset({"period.read", "directory.read", "export.run", "dashboard.read", "audit.read_region"}),
    Role.SYSADMIN: frozenset({
        "setup.run", "organisation.edit", "dictionary.edit", "calendar.edit", "job.manage", "roster.edit", "directory.read",
        "token.manage",
    }),
    Role.SECADMIN: frozenset({"user.manage", "directory.read"}),
    Role.SECAUDIT: frozenset({"audit.read", "audit.verify", "directory.read"}),
}  # fmt: skip

# Who reads beside each other how long bodies take; everybody else reads the times of their own body alone (features 3.5).
COMPARING: frozenset[str] = frozenset({Role.OFFICE_CLERK, Role.OFFICE_HEAD, Role.LEADER, Role.AUDITOR})

# What an organisation's function adds to a department seat: finance sees all tasks for money and keeps the vouchers; a 牵头
# department asks for help in its scope.
FUNCTION_PERMISSIONS: dict[str, tuple[Breadth | None, frozenset[str]]] = {
    Function.FINANCE: (
        Breadth.ALL,
        frozenset({"voucher.record", "batch.edit", "funds.allocate", "funds.opening", "funds.close", "funds.carry", "import.run", "help.raise"}),
    ),
    **dict.fromkeys((Function.AGRI, Function.ETHNIC, Function.FORESTRY), (None, frozenset({"help.raise"}))),
}  # fmt: skip
