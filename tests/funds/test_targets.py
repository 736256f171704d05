"""Target nodes: never two alike, and nobody overwrites what somebody else has just confirmed (features 4.3)."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from funds.actions.target import delete_target, save_target
from funds.models import TargetNode
from linkage.errors import Refusal, StaleRevision

pytestmark = pytest.mark.django_db

VALUES = {
    "fund_year": 2026, "measure": "spending", "level": "", "task": None, "region": None, "due_on": date(2026, 9, 30),
    "target_ratio": Decimal("0.75"), "document_no": "", "is_verified": False,
}  # fmt: skip


def test_the_database_refuses_a_twin_also_for_all_tasks_and_all_regions(world):
    save_target(values=VALUES, by=world.office_head)
    with pytest.raises(IntegrityError), transaction.atomic():
        TargetNode.objects.create(**VALUES)
    with pytest.raises(Refusal, match="已存在"):
        save_target(values=VALUES | {"target_ratio": Decimal("0.5")}, by=world.office_head)
    save_target(values=VALUES | {"region": world.huma}, by=world.office_head)
    save_target(values=VALUES | {"task": world.tasks["ethnic"]}, by=world.office_head)
    assert TargetNode.objects.count() == 3


def test_who_opened_the_page_before_another_saved_is_told(world):
    node = save_target(values=VALUES, by=world.office_head)
    seen = node.revision
    save_target(node=node, values={"is_verified": True, "document_no": "黑农〔2026〕8号"}, revision=seen, by=world.office_head)
    with pytest.raises(StaleRevision):
        save_target(node=node, values={"target_ratio": Decimal("0.6")}, revision=seen, by=world.office_head)
    assert TargetNode.objects.get().target_ratio == Decimal("0.75")


def test_a_node_confirmed_meanwhile_is_not_struck(world):
    node = save_target(values=VALUES, by=world.office_head)
    TargetNode.objects.filter(pk=node.pk).update(is_verified=True, document_no="黑农〔2026〕8号")
    with pytest.raises(Refusal, match="已核对"):
        delete_target(node=node, by=world.office_head)
    TargetNode.objects.filter(pk=node.pk).delete()
    with pytest.raises(StaleRevision):
        delete_target(node=node, by=world.office_head)
