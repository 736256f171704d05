"""Excel in and out: dressed sheets as an office prints them, simple templates, reading them back, and messy tables."""

from .amounts import POWERS as UNITS
from .files import Unreadable, check_workbook
from .found import Choice, FoundColumn, FoundRow, FoundTable, Profile, Reading
from .headings import FIELDS
from .kinds import What
from .reading import CellProblem, Table, TableRow, read_table
from .sheet import Column, Marked, Sheet
from .sums import TotalCheck
from .tables import read_tables
from .templates import Field, Template, build_template
from .writing import MIME, to_bytes, write

__all__ = [
    "FIELDS", "MIME", "UNITS", "CellProblem", "Choice", "Column", "Field", "FoundColumn", "FoundRow", "FoundTable", "Marked",
    "Profile", "Reading", "Sheet", "Table", "TableRow", "Template", "TotalCheck", "Unreadable", "What", "build_template",
    "check_workbook", "read_table", "read_tables", "to_bytes", "write",
]  # fmt: skip
