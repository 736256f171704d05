from django.apps import AppConfig


class FundsConfig(AppConfig):
    name = "funds"
    verbose_name = "资金"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hang this app's sheets, imports and reference data into the ground."""
        from funds import exports, imports, reference  # noqa: F401 - registering is what the import is for
        from linkage.reference.registry import register_loader

        register_loader(reference.load)

        from funds.figures.beside_projects import FundAmounts
        from projects.figures.amounts import register_amount_source

        register_amount_source(FundAmounts())

        from funds.figures.plans import PlanMoney
        from projects.figures.plan import register_money_source

        register_money_source(PlanMoney())

        from funds.figures import first_day
        from linkage.figures.setup import register_report

        register_report("opening", first_day.report)

        from funds.views import dossier
        from projects.views.dossier import register_tab

        register_tab(dossier.TAB)
