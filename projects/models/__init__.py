from .alike import AlikeDecision, AlikeKind, AlikePair, AlikeRun, AlikeVerdict
from .asset import Asset, AssetIncome, AssetKind, OwnerKind
from .contract import (
    TENDERS,
    Contract,
    ContractChange,
    ContractKind,
    ContractShare,
    ContractState,
    ContractTransition,
    PaymentTerm,
    PurchaseMethod,
    RoundResult,
    TenderRound,
    TermKind,
)
from .document import DOCUMENT_OWNERS, ProjectDocument, owner_name
from .help_request import HelpFile, HelpOrigin, HelpRequest, HelpState, HelpTransition, Tier
from .plan import AnnualPlan, PlanItem, PlanMoney, PlanState, PlanTransition
from .procedure import (
    Confirmation,
    ExemptionGround,
    Nature,
    Procedure,
    ProcedureEvent,
    ProcedureKind,
    ProcedureState,
    ProcedureTerm,
    ProjectTraits,
    Trait,
)
from .progress import FACT_FIELDS, METHOD_COLUMNS, Progress, ProgressFacts
from .project import RUNNING_STAGES, ConstructionState, Method, Project, ProjectTransition, Stage
from .publicity import NoticeKind, NoticePlace, Operator, PerformanceTarget, PublicNotice, QuantityField, TargetLevel
from .revision import ProjectRevision, RevisionKind

__all__ = [
    "DOCUMENT_OWNERS", "FACT_FIELDS", "METHOD_COLUMNS", "RUNNING_STAGES", "TENDERS", "AlikeDecision", "AlikeKind",
    "AlikePair", "AlikeRun", "AlikeVerdict", "AnnualPlan", "Asset", "AssetIncome", "AssetKind", "Confirmation",
    "ConstructionState", "Contract", "ContractChange", "ContractKind", "ContractShare", "ContractState", "ContractTransition",
    "ExemptionGround", "HelpFile", "HelpOrigin", "HelpRequest", "HelpState", "HelpTransition", "Method", "Nature",
    "NoticeKind", "NoticePlace", "Operator", "OwnerKind", "PaymentTerm", "PerformanceTarget", "PlanItem", "PlanMoney",
    "PlanState", "PlanTransition", "Procedure", "ProcedureEvent", "ProcedureKind", "ProcedureState", "ProcedureTerm",
    "Progress", "ProgressFacts", "Project", "ProjectDocument", "ProjectRevision", "ProjectTraits", "ProjectTransition",
    "PublicNotice", "PurchaseMethod", "QuantityField", "RevisionKind", "RoundResult", "Stage", "TargetLevel", "TenderRound",
    "TermKind", "Tier", "Trait", "owner_name",
]  # fmt: skip
