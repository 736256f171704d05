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

        from issues.actions import handover as open_issues
        from linkage import handover

        handover.register(handover.Kind("issues", "待办理的问题", open_issues.waiting))
        handover.register(
            handover.Kind("answered", "任责任人的问题", open_issues.answered_for, takers=handover.same_body, take=open_issues.take, by_name=True)
        )
