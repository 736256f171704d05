"""The exports of the ground, and the way every app's exports go."""

from .base import JOB, KEEP_DAYS, Call, ExportKind, expire, register, respond, result_of, run, seats_mark, start_large
from .plain import labels_of, plain_rows

__all__ = [
    "JOB", "KEEP_DAYS", "Call", "ExportKind", "expire", "labels_of", "plain_rows", "register", "respond", "result_of", "run", "seats_mark",
    "start_large",
]  # fmt: skip
