"""Addresses of this app. The project's own page is reports' (a dossier across all apps)."""

from django.urls import path

from projects.views import editing, library

urlpatterns = [
    path("projects/", library.project_list, name="project-list"),
    path("projects/export/", library.project_export, name="project-export"),
    path("projects/new/", editing.project_new, name="project-new"),
    path("projects/<int:pk>/edit/", editing.project_edit, name="project-edit"),
    path("projects/<int:pk>/construction/", editing.project_construction, name="project-construction"),
    path("projects/<int:pk>/stage/", editing.project_stage, name="project-stage"),
]
