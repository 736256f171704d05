"""The tour: every page, as the person it is made for, in a real browser at 1366×768.

Each page comes up without a complaint of the browser, without a request that fails, without a page wider than the screen
and without a serious finding of axe (WCAG 2.1 A and AA). One server and one set of two counties serve the whole module.
"""

from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Error
from pytest_django.live_server_helper import LiveServer

from linkage import periods
from tests.access import scene as scenes
from tests.append_only import lifted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIZE = {"width": 1366, "height": 768}
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}, "resultTypes": ["violations"]}
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

WEEK, DRAFT = "/weekly/2026-W47/", "/weekly/2026-W47/huma/"

# Who looks at what; {names} are filled in from the scene.
TOUR = {
    "": ["/login/", "/help/", "/help/weekly/", "/help/trouble/"],
    "huma_clerk": [
        "/", "/dashboard/", "/weekly/", WEEK, DRAFT, DRAFT + "dealing/", "/weekly/2026-W45/huma/", "/weekly/2026-W43/huma/",
        "/weekly/2026-W44/huma/v1/", "/weekly/2026-W44/huma/v1/print/", "/weekly/2026-W44/huma/versions/",
        "/plans/", "{plan}", "{plan_draft}compose/", "{plan}print/",
        "/projects/", "/projects/new/", "{store}", "{store}funds/", "{store}progress/", "{store}issues/", "{store}documents/",
        "/documents/", "/documents/new/project/{store_pk}/", "{store}procedures/", "/procedures/", "{procedure}", "/projects/readiness/", "/adjustments/",
        "/performance/", "{store}help/", "/help-requests/", "/help-requests/register/", "{help}", "/help-requests/new/?project={store_pk}",
        "{store}history/",
        "{store}edit/", "{store}construction/", "{store}stage/", "{store}contracts/", "{store}publicity/", "{store}assets/", "{store}readiness/",
        "{store}performance/", "/contracts/", "{contract}", "{contract}terms/", "{contract}sign/", "/contracts/new/", "/projects/alike/", "/assets/",
        "{asset}", "{asset}edit/", "/publicity/", "/publicity/new/?project={store_pk}", "/help/contracts/",
        "/issues/", "/issues/new/", "{issue}", "/imports/", "/imports/new/", "/imports/{import_job}/", "/exports/", "/jobs/", "/jobs/{job}/",
        "/saved-views/", "/inbox/", "/account/", "/account/password/", "/regions/huma/",
    ],
    "huma_chief": [
        "/", "/weekly/", "/weekly/2026-W46/huma/", "/weekly/2026-W46/huma/sign/", "{closing}", "/handovers/", "{handover}", "/directory/contacts/",
        "/directory/contacts/huma/land_use/",
    ],
    "huma_agri": ["/", DRAFT, "{rectifying}"],
    "huma_finance": [
        "/", "/funds/", "/funds/pace/", "/funds/batches/", "{batch}", "/funds/shares/{share}/", "/funds/vouchers/", "/funds/vouchers/new/",
        "{voucher}", "/funds/treasury/", "/funds/treasury/unmatched/", "/funds/waiting/", "/funds/evenness/", "/funds/projects/{store_pk}/",
    ],
    "huma_implementer": ["/", "/projects/", "{store}"],
    "office": [
        "/", "/dashboard/", "/dashboard/?basis=treasury", "/weekly/", WEEK, WEEK + "huma/", "/weekly/2026-W44/huma/", "/weekly/2026-W44/huma/?rows=all",
        "/weekly/2026-W43/huma/", "/weekly/2026-W44/rollup/", "/regions/mohe/", "/departments/{department}/", "/projects/", "{yard}", "/funds/",
        "/funds/pace/", "/funds/batches/", "/funds/batches/new/", "{batch}", "{batch}edit/", "/funds/targets/",
        "/issues/", "{their_issue}", "/rules/", "/rules/pace_red_points/", "/directory/", "/directory/duties/", "/directory/tasks/",
        "/directory/taskforces/", "/directory/organisations/", "/directory/contacts/", "/directory/contacts/print/", "/help-requests/times/",
        "/procedures/money/", "/procedures/times/", "/procedures/catalogue/", "/funds/waiting/", "/funds/evenness/", "/funds/breakdowns/", "{goals}",
        "/funds/events/", "{fund_event}", "/funds/closing/", "{year_closing}",
    ],
    "office_head": ["/", WEEK, "/funds/targets/new/"],
    "agri": ["/", "/dashboard/", "/weekly/2026-W44/huma/", "/funds/pace/", "/issues/"],
    "finance": ["/", "/funds/vouchers/"],
    "land": ["/", "/projects/", "/procedures/", "/help-requests/"],
    "leader": ["/", "/dashboard/"],
    "auditor": ["/", "/audit/", "/audit/{event}/", "/funds/vouchers/"],
    "admin": [
        "/", "/setup/", "/setup/units/", "/setup/calendar/", "/calendar/", "/rules/", "/directory/organisations/new/", "/directory/regions/huma/",
        "/directory/taskforces/huma/", "/directory/tasks/", "/jobs/", "/duties/", "/tokens/", "/admin/",
    ],
    "secadmin": ["/", "/people/", "/people/new/", "/people/{clerk}/", "/people/{clerk}/edit/", "/people/{clerk}/seats/new/", "/people/roster/"],
    "secaudit": ["/", "/audit/"],
}  # fmt: skip


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    """The two counties of the access tests, committed, so that the server's threads see them; emptied afterwards."""
    patch, at = pytest.MonkeyPatch(), periods.moment(scenes.date(2026, 11, 20), 12)
    with django_db_blocker.unblock():
        with periods.clock(at):
            built = scenes.build()
        patch.setattr("linkage.periods.present.machine_now", lambda: at)
        yield built
        patch.undo()
        with lifted():
            call_command("flush", verbosity=0, interactive=False, reset_sequences=False)


@pytest.fixture
def _django_db_helper(scene):
    """In place of the plugin's own, which empties the tables after every test: the scene stays for the whole module."""


@pytest.fixture(scope="module")
def places(scene):
    """What stands in the braces of TOUR."""
    s = scene
    projects = {name: f"/projects/{getattr(s, name).pk}/" for name in ("store", "yard")}
    issues = {name: f"/issues/{getattr(s, name).pk}/" for name in ("issue", "closing", "rectifying", "their_issue")}
    return projects | issues | {
        "batch": f"/funds/batches/{s.batch.pk}/", "share": s.shares["store", "central"].pk, "event": s.event.pk,
        "contract": f"/contracts/{s.contract.pk}/", "asset": f"/assets/{s.asset.pk}/", "store_pk": s.store.pk,
        "procedure": f"/procedures/{s.procedure.pk}/", "help": f"/help-requests/{s.help.pk}/", "handover": f"/handovers/{s.handover.pk}/",
        "goals": f"/funds/breakdowns/{s.goals.pk}/", "fund_event": f"/funds/events/{s.fund_event.pk}/",
        "year_closing": f"/funds/closing/{s.year_closing.pk}/",
        "plan": f"/plans/{s.plan.pk}/", "plan_draft": f"/plans/{s.plan_draft.pk}/",
        "voucher": f"/funds/vouchers/{s.vouchers['store', 'central'].pk}/", "department": s.world.agri_bureau.pk,
        "import_job": s.mine.checked.pk, "job": s.mine.failed.pk, "clerk": s.world.huma_clerk.pk,
    }  # fmt: skip


@pytest.fixture(scope="module")
def server(scene):
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="module")
def visitor(scene, server, browser):
    """Open a tab as a person (none: nobody logged in); `tab.findings` collects what is wrong on the page it stands on."""
    contexts = []

    def come(username):
        context = browser.new_context(viewport=SIZE)
        contexts.append(context)
        if username:
            cookies = scene.world.client(scene.user(username)).cookies
            context.add_cookies([{"name": name, "value": cookie.value, "url": server.url} for name, cookie in cookies.items()])
        page = context.new_page()
        page.set_default_timeout(20_000)
        tab = SimpleNamespace(page=page, complaints=[])
        page.on("console", lambda message: tab.complaints.append(f"console: {message.text}") if message.type == "error" else None)
        page.on("pageerror", lambda error: tab.complaints.append(f"script: {error}"))
        page.on("requestfailed", lambda request: tab.complaints.append(f"lost: {request.url} {request.failure}"))
        page.on("response", lambda answer: tab.complaints.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None)
        return tab

    yield come
    for context in contexts:
        context.close()


def look(tab, url):
    """Open the page; gives all that is wrong with it."""
    tab.complaints.clear()
    try:
        tab.page.goto(url, wait_until="load")
    except Error as error:
        return [f"did not come up: {error}"]
    found = []
    wide = tab.page.evaluate(TOO_WIDE)
    if wide > 0:
        found.append(f"{wide} px wider than the screen")
    for violation in Axe().run(tab.page, options=AXE).response["violations"]:
        if violation["impact"] in ("serious", "critical"):
            nodes = [f"{node['target']} {node['failureSummary'].splitlines()[-1].strip()}" for node in violation["nodes"][:3]]
            found.append(f"axe {violation['id']} ×{len(violation['nodes'])}: {nodes}")
    return [*tab.complaints, *found]


@pytest.mark.parametrize("username", TOUR)
def test_every_page_of_the_tour(server, visitor, places, username):
    tab = visitor(username)
    findings = {}
    for address in TOUR[username]:
        path = address.format(**places)
        if found := look(tab, f"{server.url}{path}"):
            findings[path] = found
    assert not findings, "\n".join(f"{path}: {'; '.join(found)}" for path, found in findings.items())


def test_the_api_documentation(server, visitor):
    """Its code is Swagger's, its faults are not ours to mend: it comes up without a complaint."""
    tab = visitor("huma_clerk")
    tab.page.goto(f"{server.url}/api/v1/docs/")
    tab.page.locator("#operations-tag-projects").wait_for()
    assert tab.complaints == []


def test_an_expired_log_in_leads_to_the_form_and_back(server, visitor):
    tab = visitor("office")
    tab.page.context.clear_cookies()
    tab.page.goto(f"{server.url}/dashboard/")
    assert tab.page.url == f"{server.url}/login/?next=/dashboard/"


def test_axe_sees_faults(server, visitor):
    """The walk can fail: a picture without words and pale text are found on a page spoilt on purpose."""
    tab = visitor("huma_clerk")
    tab.page.goto(f"{server.url}/help/")
    tab.page.evaluate("""() => {
      const spoilt = document.createElement("main");
      spoilt.innerHTML = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><button></button>';
      document.body.append(spoilt);
    }""")
    found = {v["id"] for v in Axe().run(tab.page, options=AXE).response["violations"]}
    assert {"image-alt", "button-name"} <= found
