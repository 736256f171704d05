"""Addresses of this app; the tabs of the project page come from the register, filled in every app's ready()."""

from django.urls import path

from projects.views import alike, contracts, documents, editing, library, plan_compose, plans, records
from projects.views.dossier.page import project_page
from projects.views.dossier.tabs import OVERVIEW, all_tabs

urlpatterns = [
    path("projects/", library.project_list, name="project-list"),
    path("projects/export/", library.project_export, name="project-export"),
    path("projects/alike/", alike.alike_list, name="project-alike"),
    path("projects/alike/decide/", alike.alike_decide, name="project-alike-decide"),
    path("projects/new/", editing.project_new, name="project-new"),
    path("projects/<int:pk>/", project_page, name="project-page"),
    *(
        path(f"projects/<int:pk>/{tab.name}/", project_page, {"name": tab.name}, name=tab.url_name)
        for tab in all_tabs()
        if tab.name != OVERVIEW
    ),
    path("projects/<int:pk>/documents/new/", documents.document_new, name="document-new"),
    path("projects/<int:pk>/documents/<int:number>/", documents.document_file, name="document-file"),
    path("projects/<int:pk>/documents/<int:number>/withdraw/", documents.document_withdraw, name="document-withdraw"),
    path("projects/<int:pk>/edit/", editing.project_edit, name="project-edit"),
    path("projects/<int:pk>/construction/", editing.project_construction, name="project-construction"),
    path("projects/<int:pk>/stage/", editing.project_stage, name="project-stage"),
    path("plans/", plans.plan_list, name="plan-list"),
    path("plans/new/", plans.plan_new, name="plan-new"),
    path("plans/<int:pk>/", plans.plan_page, name="plan-page"),
    path("plans/<int:pk>/compose/", plan_compose.plan_compose, name="plan-compose"),
    path("plans/<int:pk>/print/", plans.plan_print, name="plan-print"),
    path("plans/<int:pk>/export/", plans.plan_export, name="plan-export"),
    path("plans/<int:pk>/<slug:name>/", plans.plan_step, name="plan-step"),
    path("projects/<int:pk>/performance/", records.performance, name="project-performance"),
    path("performance/<int:pk>/edit/", records.target_edit, name="target-indicator-edit"),
    path("assets/", records.asset_list, name="asset-list"),
    path("assets/export/", records.asset_export, name="asset-export"),
    path("assets/new/", records.asset_new, name="asset-new"),
    path("assets/<int:pk>/", records.asset_page, name="asset-page"),
    path("assets/<int:pk>/edit/", records.asset_edit, name="asset-edit"),
    path("assets/<int:pk>/income/", records.asset_income, name="asset-income"),
    path("publicity/", records.notice_list, name="notice-list"),
    path("publicity/export/", records.notice_export, name="notice-export"),
    path("publicity/new/", records.notice_new, name="notice-new"),
    path("publicity/<int:pk>/edit/", records.notice_edit, name="notice-edit"),
    path("contracts/", contracts.contract_list, name="contract-list"),
    path("contracts/export/", contracts.contract_export, name="contract-export"),
    path("contracts/new/", contracts.contract_new, name="contract-new"),
    path("contracts/<int:pk>/", contracts.contract_page, name="contract-page"),
    path("contracts/<int:pk>/<slug:name>/", contracts.contract_step, name="contract-step"),
]
