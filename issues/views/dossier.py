"""The tab 问题 of the project page."""

from __future__ import annotations

from typing import Any

from issues.figures import as_ledger
from issues.models import Issue
from projects.models import Project
from projects.views.dossier import Shown, Tab


def issue_rows(user, shown: Shown) -> dict[str, Any]:
    """The project's issues in sight, in the order of the ledger."""
    rows = Issue.objects.visible_to(user).filter(project=shown.project)
    return {"issues": list(as_ledger(rows, on=shown.today).select_related("lead"))}


def open_issues(user, project: Project) -> int:
    return Issue.objects.visible_to(user).filter(project=project).open().count()


TAB = Tab("issues", "问题", 60, "projects/dossier/_issues.html", issue_rows, open_issues, "未销号问题 {} 个")
