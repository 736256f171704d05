from django.apps import AppConfig


class IssuesConfig(AppConfig):
    name = "issues"
    verbose_name = "问题"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from issues import exports  # noqa: F401 - registers the sheet
        from issues.views import dossier
        from projects.views.dossier import register_tab

        register_tab(dossier.TAB)
