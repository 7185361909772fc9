"""The shipped pages in a real browser: axe-core finds nothing, nothing is fetched, 320 px are wide enough.

Needs the extra ``browser`` and the system's Chromium; skipped, with the reason, where one is missing.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipped_pages import shipped_pages

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.browser
if BROWSER is None:
    pytest.skip("no Chromium on this machine: axe-core was not run", allow_module_level=True)
sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra: browser)")
axe_module = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed (extra: browser)"
)

# RGAA 4 is WCAG 2.1 A and AA put into tests; best practices are those of axe-core itself.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "RGAAv4", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with sync_api.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["fr", "en"])
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp(request.param)
    written = []
    for rank, (name, html) in enumerate(shipped_pages(request.param, folder)):
        path = folder / f"{rank}.html"
        path.write_text(html, encoding="utf-8")
        written.append((name, path))
    return written


def test_axe_core_finds_nothing_in_either_theme_and_nothing_is_fetched(chromium, pages):
    asked: list[str] = []
    for theme in ("light", "dark"):
        context = chromium.new_context(color_scheme=theme)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        for name, path in pages:
            page.goto(path.as_uri())
            options = {
                "runOnly": {"type": "tag", "values": TAGS},
                "resultTypes": ["violations"],
            }
            found = axe_module.Axe().run(page, options=options).response["violations"]
            told = [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found]
            assert not told, (name, theme, told)
        context.close()
    assert all(address.startswith(("file:", "data:")) for address in asked)


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_the_page_never_scrolls_sideways(chromium, pages, width):
    page = chromium.new_page(viewport={"width": width, "height": 800})
    for name, path in pages:
        page.goto(path.as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, (name, wide)
    page.close()


def test_nothing_is_cut_on_paper(chromium, pages):
    """What stands further right than the paper would be lost: A4 less its margins is 176 mm, 665 px."""
    page = chromium.new_page(viewport={"width": 665, "height": 940})
    page.emulate_media(media="print")
    for name, path in pages:
        page.goto(path.as_uri())
        cut = page.evaluate(
            """() => Array.from(document.querySelectorAll('main *'))
                .filter(item => item.getClientRects().length && item.getBoundingClientRect().right > 666)
                .map(item => item.outerHTML.slice(0, 80))"""
        )
        assert not cut, (name, cut[:3])
    page.close()
