"""A walk through JupyterLab in a real browser: open it, start a report from the launcher, run it, see it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.lab.launch import is_installed

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_installed(), reason="needs JupyterLab: pip install impactkit[lab]"),
    pytest.mark.skipif(CHROMIUM is None, reason="needs the Chromium of the system"),
]
sync_api = pytest.importorskip(
    "playwright.sync_api", reason="needs playwright: pip install impactkit[browser]"
)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    folder, own = tmp_path / "Pacte d'Orlise, été", tmp_path / "own"
    shutil.copytree(ik.sample("insertion_emploi").parent, folder)
    own.mkdir()
    # Servers refuse to run as root unless told, and CI is root.
    (own / "jupyter_server_config.json").write_text('{"ServerApp": {"allow_root": true}}')
    command = [sys.executable, "-m", "impactkit.cli", "lab", str(folder), "--no-browser", "--port", "8931"]
    environment = {**os.environ, "XDG_DATA_HOME": str(own), "JUPYTER_CONFIG_DIR": str(own)}
    lab = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert lab.stdout is not None
    try:
        found = (re.search(r"http://localhost:\d+/lab\?token=\w+", line) for line in lab.stdout)
        yield next(match[0] for match in found if match)
    finally:
        lab.terminate()
        lab.wait(30)


def _look(page: sync_api.Page) -> tuple[str, str]:
    """Return the colours of the verdict: behind it, and of its words."""
    found = page.evaluate(
        """() => [getComputedStyle(document.querySelector('.ik-verdict')).backgroundColor,
                  getComputedStyle(document.querySelector('.ik-verdict .ik-label')).color]"""
    )
    return tuple(found)


def test_a_report_from_the_launcher(address: str) -> None:
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1300, "height": 950})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(address)
        page.wait_for_selector(".jp-Launcher", timeout=90_000)
        assert page.get_by_text("Lanceur").first.is_visible()
        page.click(".jp-LauncherCard:has-text('Rapport impactkit')")
        page.click(".jp-Dialog button.jp-mod-accept")
        page.wait_for_selector(".jp-Notebook", timeout=60_000)
        page.wait_for_selector("text=Python 3 (impactkit) | Inactif", timeout=120_000)
        page.click(".lm-MenuBar-itemLabel:text-is('Exécution')")
        page.click(".lm-Menu-itemLabel:text-is('Exécuter toutes les cellules')")
        # The last code cell has run, and none is left running.
        page.wait_for_selector(".jp-InputPrompt:has-text('[16]:')", state="attached", timeout=120_000)
        page.wait_for_function("!document.body.innerText.includes('[*]:')", timeout=60_000)
        outputs = page.locator(".jp-OutputArea-output")
        assert outputs.locator(".ik-verdict").count() == 1
        assert outputs.locator("svg[role=img]").count() >= 3
        for wrong in ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr"):
            assert page.locator(f".jp-OutputArea-output[data-mime-type='{wrong}']").count() == 0
        assert all("//localhost:" in url or url.startswith(("data:", "blob:")) for url in asked)
        look_light = _look(page)
        page.evaluate("document.body.setAttribute('data-jp-theme-light', 'false')")
        look_dark = _look(page)
        page.evaluate("document.body.setAttribute('data-jp-theme-light', 'true')")
        assert look_light == ("rgb(230, 240, 245)", "rgb(20, 80, 107)")
        assert look_dark == ("rgb(27, 48, 59)", "rgb(140, 200, 226)")
        if screenshots := os.environ.get("IMPACTKIT_SCREENSHOTS"):
            page.locator(".ik-verdict").scroll_into_view_if_needed()
            page.wait_for_timeout(2_000)  # cells come into view as they are drawn
            page.screenshot(path=Path(screenshots) / "jupyterlab.png")
        browser.close()


def test_a_file_is_described_without_writing_toml(address: str, tmp_path: Path) -> None:
    templates = tmp_path / "own" / "impactkit" / "lab" / "templates" / "Saisie"
    notebook = templates / "decrire-un-fichier.ipynb"
    shutil.copy(notebook, tmp_path / "Pacte d'Orlise, été" / notebook.name)
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1300, "height": 950})
        page.goto(address.replace("/lab?", f"/lab/tree/{notebook.name}?"))
        page.wait_for_selector("text=Python 3 (impactkit) | Inactif", timeout=120_000)
        page.click(".lm-MenuBar-itemLabel:text-is('Exécution')")
        page.click(".lm-Menu-itemLabel:text-is('Exécuter toutes les cellules')")
        page.wait_for_selector("button:has-text('Enregistrer la description')", timeout=120_000)
        shown = page.locator(".widget-textarea textarea")
        assert "[files.columns]" in shown.input_value()
        use = page.locator(".widget-dropdown select").first
        use.select_option("laissée de côté")
        page.wait_for_function(
            "document.querySelector('.widget-textarea textarea').value.includes('# unit = ')", timeout=20_000
        )
        for wrong in ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr"):
            assert page.locator(f".jp-OutputArea-output[data-mime-type='{wrong}']").count() == 0
        if screenshots := os.environ.get("IMPACTKIT_SCREENSHOTS"):
            page.screenshot(path=Path(screenshots) / "jupyterlab-fichier.png")
        browser.close()
