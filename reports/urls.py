"""Addresses of this app."""

from django.urls import path

from reports.views import dashboard, documents, home, region, rollup
from reports.views.weekly import book, dealing, grid, listing, review, saving, signing, versions

WEEK = "weekly/<slug:key>/"
REPORT = WEEK + "<slug:unit>/"
VERSION = REPORT + "v<int:number>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("handovers/<int:pk>/sheet.docx", documents.handover, name="handover-sheet"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("regions/<slug:slug>/", region.region_page, name="region-page"),
    path("departments/<int:pk>/", region.department_page, name="department-page"),
    path("weekly/", listing.periods_list, name="weekly"),
    path(WEEK, listing.period, name="weekly-period"),
    path(WEEK + "deadline/", listing.move, name="weekly-deadline"),
    path(WEEK + "exempt/", listing.exempt, name="weekly-exempt"),
    path(WEEK + "exempt/end/", listing.end_exemption, name="weekly-exempt-end"),
    path(WEEK + "rollup/", rollup.newest, name="rollup"),
    path(WEEK + "rollup/compile/", rollup.compile_now, name="rollup-compile"),
    path(WEEK + "export/", rollup.export, name="weekly-export"),
    path(WEEK + "rollup/v<int:number>/", rollup.version, name="rollup-version"),
    path(REPORT, grid.report, name="weekly-report"),
    # the grid's script
    path(REPORT + "sheet/", grid.sheet, name="weekly-sheet"),
    path(REPORT + "choices/", grid.choices, name="weekly-choices"),
    path(REPORT + "lines/<int:pk>/", grid.line, name="weekly-line"),
    path(REPORT + "cells/", saving.cells, name="weekly-cells"),
    path(REPORT + "explain/", saving.explain, name="weekly-explain"),
    path(REPORT + "note/", saving.note, name="weekly-note"),
    path(REPORT + "rest/", saving.rest, name="weekly-rest"),
    path(REPORT + "treasury/", saving.treasury, name="weekly-treasury"),
    path(REPORT + "sync/", saving.sync, name="weekly-sync"),
    # the workbook
    path(REPORT + "book.xlsx", book.take, name="weekly-book"),
    path(REPORT + "upload/", book.bring, name="weekly-upload"),
    path(REPORT + "upload/<int:pk>/", book.preview, name="weekly-preview"),
    path(REPORT + "upload/<int:pk>/marked.xlsx", book.faults, name="weekly-marked"),
    path(REPORT + "upload/<int:pk>/drop/", book.drop, name="weekly-drop"),
    # the county's moves
    path(REPORT + "hand-in/", signing.hand_in, name="weekly-hand-in"),
    path(REPORT + "recall/", signing.recall, name="weekly-recall"),
    path(REPORT + "sign/", signing.sign, name="weekly-sign"),
    path(REPORT + "send-back/", signing.send_back, name="weekly-send-back"),
    path(REPORT + "done/", signing.done, name="weekly-done"),
    path(REPORT + "remarks/<int:pk>/", signing.resolve, name="weekly-remark"),
    path(REPORT + "ask-unlock/", signing.ask_unlock, name="weekly-ask-unlock"),
    path(REPORT + "dealing/", dealing.dealing, name="weekly-dealing"),
    path(REPORT + "deal/", dealing.deal, name="weekly-deal"),
    path(REPORT + "remind/<int:pk>/", dealing.remind, name="weekly-remind"),
    # the office's moves
    path(REPORT + "accept/", review.accept, name="weekly-accept"),
    path(REPORT + "return/", review.send_return, name="weekly-return"),
    path(REPORT + "unlock/", review.unlock, name="weekly-unlock"),
    # signed versions
    path(REPORT + "versions/", versions.versions, name="weekly-versions"),
    path(VERSION, versions.version, name="weekly-version"),
    path(VERSION + "print/", versions.printed, name="weekly-print"),
    path(VERSION + "report.docx", documents.weekly, name="weekly-docx"),
    path(VERSION + "scan/", versions.scan, name="weekly-scan"),
    path(VERSION + "scan/attach/", versions.attach, name="weekly-attach"),
]
