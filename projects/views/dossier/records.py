"""The tabs 合同, 公示绩效, 资产 and 成熟度 of the project page."""

from __future__ import annotations

from typing import Any

from linkage import access
from projects import states
from projects.actions.asset import may_have_assets
from projects.checks import LABELS, missing_fields
from projects.figures import alike, assets, contracts, publicity, readiness
from projects.models import Project
from projects.states import contract as contract_states
from projects.views.documents import give_files

from .tabs import Shown, Tab


def contract_rows(user, shown: Shown) -> dict[str, Any]:
    return contracts.beside_project(shown.project) | {"may_add": access.may(user, contract_states.EDIT, shown.project)}


def contract_count(user, project: Project) -> int:
    return project.contract_shares.count()


def publicity_rows(user, shown: Shown) -> dict[str, Any]:
    found = publicity.beside_project(shown.project, shown.today)
    give_files("notice", [row.notice for row in found["rows"]])
    return found | {"targets": publicity.targets_of(shown.project)}


def asset_rows(user, shown: Shown) -> dict[str, Any]:
    may_add = may_have_assets(shown.project) and access.may(user, states.EDIT, shown.project)
    return assets.beside_project(shown.project) | {"may_add": may_add}


def readiness_parts(user, shown: Shown) -> dict[str, Any]:
    unfilled = [LABELS[name] for name in missing_fields(shown.project)]
    return {
        "readiness": readiness.readiness(shown.project, user, shown.today, unfilled=unfilled), "readiness_basis": readiness.BASIS,
        "pairs": alike.like(shown.project, user, shown.today),
    }  # fmt: skip


TABS = (
    Tab("contracts", "合同", 25, "projects/_contracts.html", contract_rows, contract_count),
    Tab("publicity", "公示绩效", 70, "projects/dossier/_publicity.html", publicity_rows),
    Tab("assets", "资产", 75, "projects/_assets.html", asset_rows),
    Tab("readiness", "成熟度", 78, "projects/dossier/_readiness.html", readiness_parts),
)
