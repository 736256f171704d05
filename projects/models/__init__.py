from .progress import FACT_FIELDS, METHOD_COLUMNS, Progress, ProgressFacts
from .project import RUNNING_STAGES, ConstructionState, Method, Project, ProjectTransition, Stage
from .revision import ProjectRevision, RevisionKind

__all__ = [
    "FACT_FIELDS", "METHOD_COLUMNS", "RUNNING_STAGES", "ConstructionState", "Method", "Progress", "ProgressFacts", "Project",
    "ProjectRevision", "ProjectTransition", "RevisionKind", "Stage",
]  # fmt: skip
