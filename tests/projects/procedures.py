"""A catalogue and who handles what in 呼玛县 and 漠河市, for the tests of procedures."""

from types import SimpleNamespace

from linkage.models import Matter, Organisation, Responsibility
from linkage.reference.words import MATTERS
from projects import reference
from projects.models import ExemptionGround, Procedure, ProcedureKind, ProcedureTerm
from tests.world import SINCE


def catalogue(w):
    """The kinds of the reference data; their bodies in the small world: 用地 by the county's bureau, 施工许可 and 水土保持 by the
    prefecture's, 林地 by a body outside, 道路 by nobody there."""
    Matter.objects.bulk_create([Matter(**matter._asdict(), display_order=n) for n, matter in enumerate(MATTERS)], ignore_conflicts=True)
    reference.load(at=w.at(2, month=1))
    matters = {matter.code: matter for matter in Matter.objects.all()}
    w.forest_group, _ = Organisation.objects.get_or_create(name="大兴安岭林业集团", region=w.prefecture, is_outside=True)
    for unit, land in ((w.huma, w.huma_land_bureau), (w.mohe, w.mohe_land_bureau)):
        answers = {
            "land": (land, ""), "planning": (land, ""), "permit": (w.housing_bureau, ""), "water": (w.water_bureau, ""), "eia": (w.ecology_bureau, ""),
            "proposal": (w.ndrc_bureau, ""), "budget-review": (w.huma_finance_bureau if unit == w.huma else w.mohe_finance_bureau, ""),
            "forest-land": (w.forest_group, "系统外"), "road": (None, "由地区交通局出具"),
        }  # fmt: skip
        Responsibility.objects.bulk_create([
            Responsibility(region=unit, matter=matters[code], organisation=body, note=note, since=SINCE) for code, (body, note) in answers.items()
        ])  # fmt: skip
    return SimpleNamespace(kinds={kind.code: kind for kind in ProcedureKind.objects.all()}, terms=ProcedureTerm.objects, grounds=ExemptionGround.objects)


def procedure(project, code) -> Procedure:
    return Procedure.objects.select_related("project__unit", "kind", "handler").get(project=project, kind__code=code)
