"""The API documentation in a real browser: it comes up under the strict policy and asks nobody outside."""

import pytest


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_documentation_comes_up_without_a_complaint_of_the_browser(world, live_server, page):
    cookies = world.client(world.huma_clerk).cookies
    page.context.add_cookies([{"name": name, "value": cookie.value, "url": live_server.url} for name, cookie in cookies.items()])
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_server.url}/api/v1/docs/")
    page.locator("#operations-tag-regions").click()
    page.locator(".opblock-summary-path", has_text="regions").first.wait_for()

    assert complaints == []
    assert [url for url in asked if not url.startswith((live_server.url, "data:", "blob:"))] == []
