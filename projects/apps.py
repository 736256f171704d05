from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linkage.access import register_acting_source
        from projects import exports  # noqa: F401 - registers the sheet
        from projects.imports import library  # noqa: F401 - registers the template
        from projects.models import Progress

        register_acting_source(Progress.held_by)

        from projects.views.documents import TAB as DOCUMENTS_TAB
        from projects.views.dossier import register_tab
        from projects.views.dossier.history import HISTORY_TAB
        from projects.views.dossier.own import OVERVIEW_TAB, PROGRESS_TAB
        from projects.views.dossier.records import TABS

        for tab in (OVERVIEW_TAB, PROGRESS_TAB, DOCUMENTS_TAB, HISTORY_TAB, *TABS):
            register_tab(tab)
