from .document import ProjectDocument
from .plan import AnnualPlan, PlanItem, PlanMoney, PlanState, PlanTransition
from .progress import FACT_FIELDS, METHOD_COLUMNS, Progress, ProgressFacts
from .project import RUNNING_STAGES, ConstructionState, Method, Project, ProjectTransition, Stage
from .revision import ProjectRevision, RevisionKind

__all__ = [
    "FACT_FIELDS", "METHOD_COLUMNS", "RUNNING_STAGES", "AnnualPlan", "ConstructionState", "Method", "PlanItem", "PlanMoney", "PlanState",
    "PlanTransition", "Progress", "ProgressFacts", "Project", "ProjectDocument", "ProjectRevision", "ProjectTransition", "RevisionKind", "Stage",
]  # fmt: skip
