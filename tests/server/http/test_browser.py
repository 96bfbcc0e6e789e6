"""The dashboard in a real browser: themes, widths, contrast, keyboard, without scripts, an incident's whole life."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from driftline.alerts.delivery import Delivery
from driftline.alerts.incidents import Incident
from driftline.stores.base import Store
from driftline.types import Action
from harness.dashboards import browse, fill, result, verdict
from harness.programs import program
from harness.receivers import Receiver

uvicorn = pytest.importorskip("uvicorn")
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make test")

pytestmark = pytest.mark.slow
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-software-rasterizer"]  # nobody looks at the pictures
PAGES = [
    "/",
    "/model?model=taxi",
    "/column?model=taxi&column=fare",
    "/performance?model=taxi",
    "/rehearsal?model=taxi",
    "/signals?model=taxi",
    "/incidents?state=all",
    "/incident?id=incident%20of%20taxi",
]


@pytest.fixture(scope="module")
def address(served) -> str:
    """The address of the dashboard."""
    return served[0]


@pytest.fixture(scope="module")
def served(tmp_path_factory) -> Iterator[tuple[str, Store]]:
    """A dashboard on a free port of this machine, and its store."""
    with browse(tmp_path_factory.mktemp("store")) as browser:
        fill(browser.store)
        server = uvicorn.Server(uvicorn.Config(browser.dashboard, port=0, log_config=None, ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", browser.store
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's Chromium, driven by Playwright."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_pages(chromium, address, width, theme):
    """Every page renders without scripts and console errors, fits the width, and its text has enough contrast."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=False
    )
    page, errors = context.new_page(), []
    page.on("console", lambda message: errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("requestfailed", lambda request: errors.append(request.url))
    for path in PAGES:
        page.goto(address + path)
        assert page.locator("h1").count() == 1
    context.close()
    assert [] == errors
    scripted = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, bypass_csp=True)
    page = scripted.new_page()
    for path in PAGES:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert [] == page.evaluate(CONTRAST), path
    scripted.close()


CONTRAST = """
() => {
  const channel = v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 };
  const parse = c => (c.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] > 0.99) return c } return [255, 255, 255] };
  const found = [];
  for (const e of document.querySelectorAll('.dashboard *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('svg')) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) found.push(`${e.tagName}.${e.className}: ${e.textContent.trim()}`);
  }
  return found;
}
"""
"""Texts with a contrast below 4.5 to what is behind them: WCAG 2.1, level AA."""


def test_life_of_an_incident(chromium, address):
    """By keyboard and without scripts: from the first page to the incident, acknowledge it, call it a false alarm."""
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="1 open").press("Enter")
    page.wait_for_url("**/incident?id=*")
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Note").fill("holiday?")
    page.get_by_role("button", name="Acknowledge").press("Enter")
    page.get_by_text("Acknowledged, Ann has it").wait_for()
    assert page.get_by_text("holiday?").count() == 1
    page.get_by_label("Your name").fill("Bob")
    page.get_by_role("button", name="False alarm").click()
    page.get_by_text("False alarm, Ann has it").wait_for()
    page.get_by_role("link", name="Report of the window that opened it").click()
    assert "report" in page.url
    page.goto(address)
    assert page.get_by_text("0 open incidents").count() == 1
    context.close()


def test_from_the_phone_to_the_report(chromium, served, tmp_path):
    """The notification's link, on a phone, leads to the incident's page, and one touch there to the report."""
    address, store = served
    found = store.incident(fill(store, model="night bus"))
    names = ("id", "model", "health", "level", "metric", "column", "segment", "headline", "reason", "since", "earliest",
             "latest", "opened", "updated")  # fmt: skip
    incident = Incident(**{name: getattr(found, name) for name in names})
    with Receiver() as hook, Delivery([f"webhook+http://127.0.0.1:{hook.server_port}/"], tmp_path / "outbox.db",
                                      store=store, public_url=address) as delivery:  # fmt: skip
        delivery.notify([incident])
        deadline = time.monotonic() + 20
        while not hook.bodies:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        hook.shutdown()
    (body,) = hook.bodies
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=False)
    page = context.new_page()
    page.goto(json.loads(body)["link"])  # the first of three
    assert found.headline == page.locator("h1").inner_text()
    button = page.get_by_role("link", name="Report of the window that opened it")
    box = button.bounding_box()
    assert box["y"] + box["height"] < 844  # seen without scrolling
    button.tap()
    page.wait_for_url("**/report?run=*")
    assert page.get_by_text("Jensen-Shannon distance of fare").count() >= 1
    context.close()


def test_page_shows_what_changed(chromium, served):
    """A page shows a new window by itself, leaves alone what a person types, and breaks no rule of its policy."""
    address, store = served
    fill(store, model="tram", days=3)
    page, errors = chromium.new_page(), []
    page.on("console", lambda message: errors.append(message.text))
    with page.expect_response("**/v1/changes**"):
        page.goto(f"{address}/model?model=tram")
    newest = page.locator("table.windows tbody tr").first
    assert "3 Feb 2022" in newest.inner_text()
    page.get_by_text("column in which nothing stood out").click()
    store.save_run(result("tram", 3, [verdict("fare"), verdict("tip")]), {})
    newest.get_by_text("4 Feb 2022 to 5 Feb 2022").first.wait_for()
    assert page.locator("details.panel").get_attribute("open") is not None
    assert page.get_by_role("status").inner_text().startswith("Updated at ")
    page.goto(f"{address}/incident?id=incident%20of%20tram")
    page.get_by_label("Note").fill("half a sent")
    store.act_on_incident("incident of tram", Action.ACKNOWLEDGE, "Bob")
    page.get_by_role("link", name="Load it again").wait_for()
    assert "half a sent" == page.get_by_label("Note").input_value()
    page.get_by_role("link", name="Load it again").click()
    page.get_by_text("Acknowledged, Bob has it").wait_for()
    page.close()
    assert [] == errors


def test_keyboard(chromium, address):
    """The first key leads past the header; every link and field can be reached, and what has the focus is seen."""
    page = chromium.new_page()
    page.goto(address + PAGES[-1])
    page.keyboard.press("Tab")
    assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
    assert {"by", "note", "action"} <= reached
    page.close()
