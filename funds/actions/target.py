"""Target nodes: entered, confirmed, changed and struck by the office (features 4.3)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from funds.models import TargetNode
from linkage import access, audit, periods
from linkage.errors import Refusal, StaleRevision

FIELDS = ("fund_year", "measure", "denominator", "level", "task", "region", "due_on", "target_ratio", "document_no", "is_verified")


@transaction.atomic
def save_target(
    *, node: TargetNode | None = None, values: dict, revision: int | None = None, by, at: datetime | None = None
) -> TargetNode:
    """Create a node, or change one as the person saw it at `revision`. Only a confirmed node (已核对, with its document)
    decides colours. Raises PermissionDenied, StaleRevision, Refusal (no document, out of range, a twin stands already)."""
    at = at or periods.now()
    _require(by)
    node = _held(node, revision) if node else TargetNode()
    before = _words(node) if node.pk else None
    for name in FIELDS:
        if name in values:
            setattr(node, name, values[name])
    node.document_no = node.document_no.strip()
    if node.is_verified and not node.document_no:
        raise Refusal("核对后的节点须写明依据文号；没有文件的节点只作参考。", code="document_needed")
    if not 0 <= node.target_ratio <= 1:
        raise Refusal("目标须在 0 与 100% 之间。", code="out_of_range")
    node.revision += 1
    _save(node)
    audit.record(by=by, verb="登记支出节点" if before is None else "修改支出节点", target=node, at=at, before=before, after=_words(node))
    return node


def _save(node: TargetNode) -> None:
    """The constraint decides about twins, also when two people write the same node at once."""
    try:
        with transaction.atomic():
            node.save()
    except IntegrityError as error:
        raise Refusal("同一年度、指标、层级、任务、地区、日期的节点已存在。", code="already_recorded") from error


def _held(node: TargetNode, revision: int | None) -> TargetNode:
    """The node as it stands, locked; StaleRevision where it is not the one the person saw (None: not known)."""
    held = TargetNode.objects.select_for_update(of=("self",)).select_related("task", "region").filter(pk=node.pk).first()
    if held is None or (revision is not None and held.revision != revision):
        raise StaleRevision("您打开页面之后这个节点已被修改或删除，请刷新页面核对后再保存。")
    return held


@transaction.atomic
def delete_target(*, node: TargetNode, by, at: datetime | None = None) -> None:
    """Strike a node that nobody confirmed; a confirmed one is changed, not struck. The node as it stands now decides."""
    _require(by)
    held = _held(node, None)
    if held.is_verified:
        raise Refusal("已核对的节点不能删除，请修改后另存依据。", code="wrong_state")
    audit.record(by=by, verb="删除支出节点", target=held, at=at or periods.now(), before=_words(held))
    held.delete()


def _require(by) -> None:
    if not access.may(by, "rule.edit"):
        raise access.Denied("支出节点由专班办公室主任维护。", "rule.edit")


def _words(node: TargetNode) -> dict:
    return {name: str(getattr(node, name) if getattr(node, name) is not None else "") for name in FIELDS}
