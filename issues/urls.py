"""Addresses of this app."""

from django.urls import path

from issues.views import issue, ledger

urlpatterns = [
    path("issues/", ledger.issue_list, name="issue-list"),
    path("issues/export/", ledger.issue_export, name="issue-export"),
    path("issues/new/", issue.issue_new, name="issue-new"),
    path("issues/<int:pk>/", issue.issue_page, name="issue-page"),
    path("issues/<int:pk>/note/", issue.issue_note, name="issue-note"),
    path("issues/<int:pk>/<slug:name>/", issue.issue_step, name="issue-step"),
]
