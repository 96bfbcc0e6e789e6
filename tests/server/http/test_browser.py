"""The dashboard in a real browser: themes, widths, contrast, keyboard, without scripts, an incident's whole life."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

import pytest

from driftline.alerts.delivery import Delivery
from driftline.alerts.incidents import Incident
from driftline.stores.base import Store
from driftline.types import Action
from harness.dashboards import browse, fill, result, verdict
from harness.patience import PATIENCE
from harness.programs import program
from harness.receivers import Receiver

uvicorn = pytest.importorskip("uvicorn")
playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: make test")

pytestmark = pytest.mark.slow
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


SWITCHES = [
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",  # pages of its own, two for each window
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
        server = uvicorn.Server(
            uvicorn.Config(
                browser.dashboard, port=0, log_config=None, ws="none", lifespan="off", timeout_graceful_shutdown=1
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.05)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", browser.store
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Debian's Chromium, driven by Playwright."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program("chromium"), args=SWITCHES, timeout=1000 * PATIENCE)
        yield browser
        browser.close()


@contextmanager
def opened(chromium, **settings):
    """A page of its own, which is waited for with patience."""
    context = chromium.new_context(**settings)
    context.set_default_timeout(1000 * PATIENCE)
    yield context.new_page()


def looks(page) -> Iterator[tuple[int, str]]:
    """Show the page in each width and theme; gives them."""
    for width, theme in product((390, 1440), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        yield width, theme


def test_pages_without_scripts(chromium, address):
    """Every page renders in each width and theme without scripts, and nothing is missing or reported as an error."""
    errors = []
    with opened(chromium, java_script_enabled=False) as page:
        page.on("console", lambda message: errors.append(message.text))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("requestfailed", lambda request: errors.append(request.url))
        for path in PAGES:
            page.goto(address + path)
            for look in looks(page):
                assert page.locator("h1").count() == 1, (path, look)
    assert [] == errors


def test_pages(chromium, address):
    """Every page fits each width, and its text has enough contrast in each theme."""
    with opened(chromium, bypass_csp=True) as page:
        for path in PAGES:
            page.goto(address + path)
            for width, theme in looks(page):
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, theme)
                assert [] == page.evaluate(CONTRAST), (path, width, theme)


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
    with opened(chromium, java_script_enabled=False) as page:
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
        deadline = time.monotonic() + PATIENCE
        while not hook.bodies:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        hook.shutdown()
    (body,) = hook.bodies
    with opened(chromium, viewport={"width": 390, "height": 844}, has_touch=True, java_script_enabled=False) as page:
        page.goto(json.loads(body)["link"])  # the first of three
        assert found.headline == page.locator("h1").inner_text()
        button = page.get_by_role("link", name="Report of the window that opened it")
        box = button.bounding_box()
        assert box["y"] + box["height"] < 844  # seen without scrolling
        button.tap()
        page.wait_for_url("**/report?run=*")
        assert page.get_by_text("Jensen-Shannon distance of fare").count() >= 1


def test_page_shows_what_changed(chromium, served):
    """A page shows a new window by itself, leaves alone what a person types, and breaks no rule of its policy."""
    address, store = served
    fill(store, model="tram", days=3)
    errors = []
    with opened(chromium) as page:
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
    assert [] == errors


def test_keyboard(chromium, address):
    """The first key leads past the header; every link and field can be reached, and what has the focus is seen."""
    with opened(chromium) as page:
        page.goto(address + PAGES[-1])
        page.keyboard.press("Tab")
        assert "Skip to the content" == page.evaluate("document.activeElement.textContent")
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        assert {"by", "note", "action"} <= reached
