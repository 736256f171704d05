from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"
    verbose_name = "周调度"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from linkage import ticking
        from reports import exports  # noqa: F401 - registering is what the import is for
        from reports.actions.deadlines import remind_due
        from reports.actions.opening import open_due_periods
        from reports.actions.rollup import DUTY, compile_due

        ticking.register("weekly.open", open_due_periods, label="开启调度期")
        ticking.register("weekly.remind", remind_due, label="临近截止提醒")
        ticking.register(DUTY, compile_due, label="周汇总")

        from linkage.models.audit import register_inside
        from reports import states

        register_inside("reports.weeklyreport", verbs=states.ACTS_WITHIN_COUNTY, until=states.SIGN.label)

        from linkage.figures.setup import register_report
        from reports.figures import first_day

        register_report("week", first_day.report)

        from funds.figures.closing import register_carried
        from reports.figures import carried

        register_carried(carried.open_issues)

        from linkage import handover
        from reports.figures import open_items

        handover.register(handover.Kind("weekly", "周调度报告", open_items.reports))

        from projects.views.dossier.history import register_statement_link
        from reports.views.dossier import statement_link

        register_statement_link(statement_link)
