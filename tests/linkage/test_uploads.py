"""Files from outside are looked into, kept under a random name and handed out as downloads."""

import hashlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404

from linkage import uploads
from linkage.actions.uploads import drop_file, store_file, store_upload
from linkage.models import AuditEvent, Upload
from linkage.uploads import UnfitFile, clean_name

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 100 + b"\xff\xd9"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100 + b"IEND\xaeB`\x82"


def test_a_scan_is_kept_with_hash_random_name_and_audit(world):
    file = SimpleUploadedFile("签字页.pdf", PDF, content_type="text/html")
    upload = store_upload(by=world.huma_clerk, file=file, region=world.huma)
    assert (upload.name, upload.content_type, upload.size) == ("签字页.pdf", "application/pdf", len(PDF))
    assert upload.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "签字页" not in upload.file.name
    with upload.file.open() as kept:
        assert kept.read() == PDF
    event = AuditEvent.objects.get(verb="上传文件")
    assert (event.target_id, event.region_path) == (str(upload.pk), world.huma.path)
    again = store_upload(by=world.huma_clerk, file=SimpleUploadedFile("签字页.pdf", PDF))
    assert again.file.name != upload.file.name


@pytest.mark.parametrize(("content", "name", "kept"), [
    (JPG, "照片.jpeg", ("照片.jpg", "image/jpeg")),
    (PNG, "照片.pdf", ("照片.png", "image/png")),
    (PDF, "扫描", ("扫描.pdf", "application/pdf")),
])  # fmt: skip
def test_the_content_decides_the_kind_not_the_name(world, content, name, kept):
    upload = store_upload(by=world.huma_clerk, file=SimpleUploadedFile(name, content))
    assert (upload.name, upload.content_type) == kept


@pytest.mark.parametrize(("content", "words"), [
    (b"", "文件是空的"),
    (b"<html><script>alert(1)</script>", "只接受 PDF、JPG、PNG 文件"),
    (b"MZ\x90\x00", "只接受 PDF、JPG、PNG 文件"),
    (b"PK\x03\x04", "只接受 PDF、JPG、PNG 文件"),
    (PDF[:-8], "PDF 文件不完整"),
    (PNG[:-20], "PNG 文件不完整"),
])  # fmt: skip
def test_other_content_is_refused_whatever_its_name(world, content, words):
    with pytest.raises(UnfitFile, match=words):
        store_upload(by=world.huma_clerk, file=SimpleUploadedFile("a.pdf", content))
    assert not Upload.objects.exists()


def test_too_large_is_refused_with_the_limit(world, settings):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    big = PDF[:-7] + b"\n" * 1024 * 1024 + b"%%EOF\n"
    with pytest.raises(UnfitFile, match="超过上限 1 MB"):
        store_upload(by=world.huma_clerk, file=BytesIO(big))
    with pytest.raises(UnfitFile, match="超过上限 20 字节"):
        store_upload(by=world.huma_clerk, file=BytesIO(PDF), max_bytes=20)


def test_only_the_kinds_asked_for(world):
    with pytest.raises(UnfitFile, match="只接受 PDF 文件"):
        store_upload(by=world.huma_clerk, file=SimpleUploadedFile("a.jpg", JPG), kinds=("pdf",))


@pytest.mark.parametrize(("given", "kept"), [
    ("..\\..\\windows\\a.pdf", "a.pdf"),
    ("../../etc/passwd", "passwd"),
    ("a\u202egnp.exe", "agnp.exe"),
    ("x\r\nSet-Cookie: a.pdf", "xSet-Cookie_ a.pdf"),
    ("", "文件"),
    ("长" * 300 + ".pdf", "长" * 120 + ".pdf"),
])  # fmt: skip
def test_names_carry_no_path_and_no_tricks(given, kept):
    assert clean_name(given) == kept


def test_it_is_sent_as_a_download_that_no_browser_opens_in_place(world):
    upload = store_upload(by=world.huma_clerk, file=SimpleUploadedFile("签字 页.pdf", PDF))
    response = uploads.send(upload)
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7%AD%BE")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    response.close()


def test_a_file_that_is_gone_is_a_404(world):
    upload = store_upload(by=world.huma_clerk, file=SimpleUploadedFile("a.pdf", PDF))
    upload.file.storage.delete(upload.file.name)
    with pytest.raises(Http404):
        uploads.send(upload)


def test_dropping_removes_row_and_content(world, django_capture_on_commit_callbacks):
    upload = store_file(by=world.office, file=BytesIO(b"x"), name="a.xlsx", content_type="x")
    storage, name = upload.file.storage, upload.file.name
    with django_capture_on_commit_callbacks(execute=True):
        drop_file(upload)
    assert not storage.exists(name)
    assert not Upload.objects.exists()


def test_a_file_by_itself_is_seen_by_its_uploader_only(world):
    upload = store_upload(by=world.huma_clerk, file=SimpleUploadedFile("a.pdf", PDF))
    assert list(Upload.objects.visible_to(world.huma_clerk)) == [upload]
    assert not Upload.objects.visible_to(world.huma_chief).exists()
