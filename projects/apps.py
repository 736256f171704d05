from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"
    verbose_name = "项目"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from linkage.access import register_acting_source
        from linkage.figures.gaps import register_source
        from linkage.reference.registry import register_loader
        from projects import exports, reference  # noqa: F401 - registers the sheets
        from projects.figures.stranded import gaps
        from projects.imports import library, procedures  # noqa: F401 - registers the templates
        from projects.models import HelpRequest, Procedure, Progress

        register_acting_source(Progress.held_by)
        register_acting_source(Procedure.held_by)
        register_acting_source(HelpRequest.held_by)
        register_loader(reference.load)
        register_source(gaps)

        from datetime import timedelta

        from linkage import handover, ticking
        from projects.actions import alike_pairs, help_handover, help_hints
        from projects.figures import open_items

        handover.register(handover.Kind("procedures", "前期手续", open_items.procedures))
        handover.register(handover.Kind("plans", "年度实施计划", open_items.plans))
        handover.register(handover.Kind("help", "提请协调", open_items.help_requests, take=help_handover.take))

        ticking.register(help_hints.DUTY, help_hints.hint_escalations, label="提请协调升级提示")
        ticking.register(alike_pairs.DUTY, alike_pairs.compare_due, every=timedelta(minutes=alike_pairs.EVERY_MINUTES), label="对比相似项目")

        from projects.views.documents import TAB as DOCUMENTS_TAB
        from projects.views.dossier import register_tab
        from projects.views.dossier.history import HISTORY_TAB
        from projects.views.dossier.own import OVERVIEW_TAB, PROGRESS_TAB
        from projects.views.dossier.records import TABS
        from projects.views.project_help import TAB as HELP_TAB
        from projects.views.project_procedures import PROCEDURES_TAB

        for tab in (OVERVIEW_TAB, PROCEDURES_TAB, PROGRESS_TAB, HELP_TAB, DOCUMENTS_TAB, HISTORY_TAB, *TABS):
            register_tab(tab)
