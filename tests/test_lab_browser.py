"""A walk through JupyterLab in a real browser: open it, start a report from the launcher, run it, see it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.cli.app import run_command
from impactkit.lab.answers import replies_of
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


@pytest.fixture
def lab(address: str) -> Iterator[Callable[[str], sync_api.Page]]:
    """Return what opens a notebook of the folder, or the launcher, in the laboratory."""
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])

        def open_page(notebook: str) -> sync_api.Page:
            page = browser.new_page(viewport={"width": 1300, "height": 950})
            page.goto(address.replace("/lab?", f"/lab/tree/{notebook}?"))
            page.wait_for_selector("text=Python 3 (impactkit) | Inactif", timeout=120_000)
            return page

        yield open_page
        browser.close()


def _write(folder: Path, *cells: str) -> str:
    """Write a notebook of these code cells in the study's folder; return its name."""
    code = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for i, text in enumerate(cells)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {"cells": code, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "essai.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    return "essai.ipynb"


def _choose(page: sync_api.Page, *path: str) -> None:
    """Choose in the menus, as a user does."""
    page.click(f".lm-MenuBar-itemLabel:text-is('{path[0]}')")
    for label in path[1:]:
        page.click(f".lm-Menu-itemLabel:text-is('{label}')")


def _run_all(page: sync_api.Page) -> None:
    _choose(page, "Exécution", "Exécuter toutes les cellules")


def _keep(page: sync_api.Page, name: str) -> None:
    if screenshots := os.environ.get("IMPACTKIT_SCREENSHOTS"):
        page.screenshot(path=Path(screenshots) / f"{name}.png")


def _type(page: sync_api.Page, text: str, key: str) -> None:
    """Write this in the last cell, in place of what it holds, then strike a key."""
    page.locator(".jp-Notebook .jp-Cell .cm-content").last.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.wait_for_timeout(500)  # the editor tells the kernel what it holds
    page.keyboard.press(key)


def _assert_no_error(page: sync_api.Page) -> None:
    for wrong in ("application/vnd.jupyter.error", "application/vnd.jupyter.stderr"):
        assert page.locator(f".jp-OutputArea-output[data-mime-type='{wrong}']").count() == 0


# The least contrast of the words that are shown with what is behind them, and those words.
_CONTRASTS = """() => {
  const part = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, k, i) => {
    const v = c[i] / 255;
    return sum + k * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const c = part(getComputedStyle(at).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const node of document.querySelectorAll('.jp-OutputArea-output .ik *, .jp-OutputArea-output .ik')) {
    const own = [...node.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!own || node.closest('title, desc, style') || !node.getClientRects().length) continue;
    const style = getComputedStyle(node);
    const front = part(node.closest('svg') ? style.fill : style.color);
    const [a, b] = [light(front), light(behind(node))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.textContent.trim().slice(0, 40)]);
  }
  return found.sort((one, other) => one[0] - other[0]);
}"""


def test_every_value_is_readable_light_and_dark(lab, tmp_path: Path) -> None:
    folder = tmp_path / "Pacte d'Orlise, été"
    start = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})\nfrom shown import NAMES, values"
    page = lab(_write(folder, start, "for name in NAMES:\n    print(name); display(values()[name])"))
    _run_all(page)
    page.wait_for_selector(".jp-InputPrompt:has-text('[2]:')", state="attached", timeout=120_000)
    page.wait_for_selector(".jp-OutputArea-output .ik-answer", state="attached", timeout=60_000)
    _assert_no_error(page)
    assert page.locator(".jp-OutputArea-output .ik").count() >= 20
    seen = {}
    for theme in ("JupyterLab Clair", "JupyterLab Sombre"):
        _choose(page, "Paramètres", "Thème", theme)
        dark = "false" if "Sombre" in theme else "true"
        page.wait_for_selector(f"body[data-jp-theme-light='{dark}']", state="attached")
        page.wait_for_timeout(1_000)
        contrasts = page.evaluate(_CONTRASTS)
        assert len(contrasts) > 300
        assert contrasts[0][0] >= 4.5, contrasts[:5]
        seen[theme] = page.evaluate("getComputedStyle(document.querySelector('.ik table')).color")
        page.locator(".jp-OutputArea-output .ik-verdict").first.scroll_into_view_if_needed()
        _keep(page, f"jupyterlab-valeurs-{'sombre' if 'Sombre' in theme else 'clair'}")
    assert len(set(seen.values())) == 2


def test_names_complete_and_have_a_help(lab, tmp_path: Path) -> None:
    read = "import impactkit as ik\nstudy = ik.read_study('study.toml')"
    start = f"{read}\ncohort = ik.build_cohort(study, action='parcours_mobilite')"
    page = lab(_write(tmp_path / "Pacte d'Orlise, été", start, ""))
    _run_all(page)
    page.wait_for_selector(".jp-InputPrompt:has-text('[1]:')", state="attached", timeout=120_000)
    page.wait_for_function("!document.body.innerText.includes('[*]:')", timeout=60_000)
    for typed, wanted in (
        ("ik.comp", {"compare_groups"}),
        ("ik.", {"compare_groups", "declare_design", "assess", "plot", "teaching"}),
        ("cohort.", {"flow", "attrition", "outcomes", "periods"}),
        ("ik.plot.", {"effect", "flow", "balance"}),
    ):
        offered = ".jp-Completer-item .jp-Completer-match"
        # JupyterLab gives a kernel one second to answer: a slow machine is asked again.
        for _ in range(6):
            _type(page, typed, "Tab")
            page.wait_for_timeout(2_000)
            names = set(page.locator(offered).all_inner_texts())
            if wanted <= names:
                break
        assert wanted <= names, (typed, wanted - names)
        if typed == "ik.":
            _keep(page, "jupyterlab-completion")
        page.keyboard.press("Escape")
    assert "sketch" not in page.locator(offered).all_inner_texts()  # a module of ours, no name of theirs
    for typed, wanted in (
        ("ik.compare_groups(", "Estimate the difference in the outcome after entry between the two groups."),
        ("cohort.flow(", "Return who entered and who was still observed at each period"),
    ):
        _type(page, typed, "Shift+Tab")
        page.wait_for_selector(".jp-Tooltip", timeout=20_000)
        page.wait_for_timeout(500)
        assert wanted in " ".join(page.locator(".jp-Tooltip").inner_text().split())
        page.keyboard.press("Escape")


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


def test_the_questionnaire_is_answered_by_keyboard_and_read_back(lab, tmp_path: Path) -> None:
    folder = tmp_path / "Pacte d'Orlise, été"
    template = (
        tmp_path / "own" / "impactkit" / "lab" / "templates" / "Saisie" / "questionnaire-du-pacte.ipynb"
    )
    told = template.read_text(encoding="utf-8").replace('respondent=\\"1\\"', 'respondent=\\"99\\"')
    assert "99" in told
    (folder / "questionnaire.ipynb").write_text(told, encoding="utf-8")
    page = lab("questionnaire.ipynb")
    _run_all(page)
    page.wait_for_selector("button:has-text('Enregistrer les réponses')", state="attached", timeout=60_000)
    page.wait_for_timeout(1_000)
    # Every field says its name to who does not see it.
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll('.jp-OutputArea-output :is(select, input)')]
             .filter((field) => !(field.labels.length && field.labels[0].innerText.trim())).length"""
    )
    assert unnamed == 0
    _keep(page, "jupyterlab-questionnaire")
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    # By keyboard alone: who answers, then the first change, what proves it and the source.
    page.locator(".jp-OutputArea-output select").first.focus()
    keys = ("association", "en am", "surtout", "Un guichet a ouvert", "bilan")
    for typed in keys:
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.wait_for_timeout(1_000)
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells  # no key was a command
    page.locator("button:has-text('Enregistrer les réponses')").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Réponses enregistrées", timeout=20_000)
    _assert_no_error(page)
    study = ik.read_study(folder / "study.toml")
    kind, replies = replies_of(study, "99")
    (reply,) = replies.values()
    said = (kind, reply.level, reply.share, reply.proof, reply.source)
    assert said == ("association", "better", "mostly", "Un guichet a ouvert", "bilan")
    assert run_command(["check", str(folder)]) == 0
    assert run_command(["form", str(folder), "--out", str(tmp_path / "formulaires")]) == 0
    assert (tmp_path / "formulaires" / "form_pacte_changes.html").is_file()
