from .audit import AuditEvent, AuditSeal
from .calendar import CalendarDay, CalendarYear, ExtraPeriod
from .contact import Contact, ContactPost
from .counter import Counter
from .dictionary import DictionaryEntry, DictionaryKind
from .handover import Handover, HandoverItem
from .import_row import DECIDED, ImportProfile, ImportRow, ImportTrace, RowVerdict
from .job import Job, JobState
from .level import Level
from .notification import Notification
from .organisation import (
    LEAD_FUNCTIONS,
    DatedQuerySet,
    Function,
    Matter,
    MatterPhase,
    Organisation,
    OrganisationFunction,
    Responsibility,
    in_force,
)
from .region import Region, RegionAlias, RegionKind
from .rule import RuleVersion
from .saved_view import SavedView
from .setup_state import SetupStep, Watermark
from .task import FundTask, TaskLead
from .taskforce import MemberPost, TaskForce, TaskForceMember
from .token import ApiToken
from .transition import TransitionRow
from .upload import Upload
from .user import Role, Seat, User

__all__ = [
    "DECIDED", "LEAD_FUNCTIONS", "ApiToken", "AuditEvent", "AuditSeal", "CalendarDay", "CalendarYear", "Contact", "ContactPost", "Counter", "DatedQuerySet",
    "DictionaryEntry", "DictionaryKind", "ExtraPeriod", "Function", "FundTask", "Handover", "HandoverItem", "ImportProfile", "ImportRow",
    "ImportTrace", "Job", "JobState", "Level", "Matter", "MatterPhase", "MemberPost",
    "Notification", "Organisation", "OrganisationFunction", "Region", "RegionAlias", "RegionKind", "Responsibility", "Role", "RowVerdict",
    "RuleVersion", "SavedView", "Seat", "SetupStep", "TaskForce", "TaskForceMember", "TaskLead", "TransitionRow", "Upload",
    "User", "Watermark", "in_force",
]  # fmt: skip
