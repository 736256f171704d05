"""The weekly report as a workbook and back (features 5.5): `workbook` to fill in, `look` at a filled one, `marked` with its faults."""

from .build import workbook
from .compare import Change, Look, look
from .marking import marked

__all__ = ["Change", "Look", "look", "marked", "workbook"]
