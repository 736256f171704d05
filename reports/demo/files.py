"""Files of the demo: small PDFs and pictures, and what they are attached to besides projects."""

from __future__ import annotations

import struct
import zlib
from datetime import datetime
from itertools import chain
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from linkage.models import DictionaryEntry, DictionaryKind, Region
from projects.actions.document import add_document
from projects.models import AnnualPlan, Asset, Contract, Procedure, ProjectRevision, PublicNotice

from .cast import Cast


def attach_some(unit: Region, year: int, cast: Cast, at: datetime) -> None:
    """A few of one unit and year: the decided plan, contracts, an asset, publications, an adjustment, a permit."""
    clerk = cast[f"{unit.slug}_clerk"]
    kinds = {kind.code: kind for kind in DictionaryEntry.objects.of(DictionaryKind.DOCUMENT)}
    for number, (owner, kind, name) in enumerate(_wanted(unit, year)):
        content = picture(number) if name.endswith(".png") else pdf(number)
        add_document(owner=owner, file=SimpleUploadedFile(name, content), kind=kinds[kind], by=clerk, at=at)


def _wanted(unit: Region, year: int) -> list[tuple[Any, str, str]]:
    """(owner, kind of document, name of the file)."""
    mine: dict[str, Any] = {"project__unit": unit, "project__project_year": year}
    plan = AnnualPlan.objects.binding().filter(unit=unit, year=year).select_related("unit")
    contracts = Contract.objects.filter(unit=unit, signed_on__year=year).select_related("unit").order_by("pk")
    assets = Asset.objects.filter(**mine).select_related("project__unit").order_by("pk")
    notices = PublicNotice.objects.filter(**mine).select_related("project__unit").order_by("pk")
    changes = ProjectRevision.objects.filter(**mine).select_related("project__unit").order_by("pk")
    permits = Procedure.objects.filter(**mine, state="granted").select_related("project__unit", "kind").order_by("pk")
    return list(
        chain(
            ((row, "approval", f"{row.year}年度实施计划审定文件.pdf") for row in plan.order_by("-version")[:1]),
            ((row, "contract", f"{row.name}合同.pdf") for row in contracts[:2]),
            ((row, "handover", f"{row.name}移交清单.pdf") for row in assets[:1]),
            ((row, "publicity-photo", f"{row.get_kind_display()}公示栏.png") for row in notices[:2]),
            ((row, "approval", "调整批准文件.pdf") for row in changes[:1]),
            ((row, "approval", f"{row.kind.name}.pdf") for row in permits[:1]),
        )
    )


def pdf(number: int) -> bytes:
    """One page with one line, small enough for a demo."""
    text = f"BT /F1 18 Tf 72 720 Td (Demo document No. {number}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]  # fmt: skip
    body, places = b"%PDF-1.4\n", []
    for place, one in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj%s endobj\n" % (place, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 6\n0000000000 65535 f \n" + table + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


def picture(number: int) -> bytes:
    """Sky over ground, 160 × 120; the ground's green tells pictures apart."""
    sky, ground = b"\x00" + b"\xa8\xc6\xe0" * 160, b"\x00" + bytes((96, 120 + number % 60, 84)) * 160
    parts = ((b"IHDR", struct.pack(">IIBBBBB", 160, 120, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(sky * 60 + ground * 60)), (b"IEND", b""))
    chunks = (struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
