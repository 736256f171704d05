"""Matters and who handles them in 呼玛县, for the tests of 提请协调."""

from linkage.models import Matter, Responsibility
from linkage.reference.words import MATTERS
from tests.world import SINCE


def help_world(w):
    """用地 by the county's bureau, 施工许可, 可研 and 水土保持 by the prefecture's, 道路 by nobody there; 资金拨付 not answered: a gap."""
    Matter.objects.bulk_create([Matter(**matter._asdict(), display_order=n) for n, matter in enumerate(MATTERS)])
    w.matters = {matter.code: matter for matter in Matter.objects.all()}
    answers = {
        "land": (w.huma_land_bureau, ""), "permit": (w.housing_bureau, ""), "proposal": (w.ndrc_bureau, ""), "water": (w.water_bureau, ""),
        "road": (None, "由地区交通局出具"),
    }  # fmt: skip
    Responsibility.objects.bulk_create([
        Responsibility(region=w.huma, matter=w.matters[code], organisation=body, note=note, since=SINCE) for code, (body, note) in answers.items()
    ])  # fmt: skip
    return w
