"""Make the pictures of the documentation from the demonstration: ``python docs/screenshots.py DEMO [fr|en]``.

DEMO is the folder that ``impactkit demo`` made, with ``--lang en`` for the pictures of English pages.

Needs Chromium (``chromium``, ``chromium-browser`` or ``google-chrome`` on the path), which impactkit itself
does not: only the documentation's pictures do.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

IMAGES = Path(__file__).with_name("images")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Picture: page in the demonstration's folder, width and height in pixels.
PICTURES = {
    "rapport.png": ("insertion_emploi/parcours_mobilite/report.html", 1000, 1080),
    "pacte.png": ("insertion_emploi/index.html", 1000, 1250),
    "index.png": ("index.html", 1100, 900),
    "formulaire.png": ("insertion_emploi_cls/form_cls.html", 1000, 1000),
}


def browser() -> str:
    """Return the browser to use."""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise SystemExit("Chromium is needed to make the pictures: install it and run this again.")


def picture(page: Path, target: Path, *, width: int, height: int) -> None:
    """Write the top of a page as a small PNG."""
    with tempfile.TemporaryDirectory() as profile:
        command = [browser(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += ["--disable-background-networking", "--no-first-run", "--disable-sync"]
        command += [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={target}"]
        subprocess.run([*command, page.resolve().as_uri()], check=True, capture_output=True)
    Image.open(target).convert("RGB").quantize(96).save(target, optimize=True)


def main() -> None:
    """Make every picture of a language."""
    demo = Path(sys.argv[1] if len(sys.argv) > 1 else "impactkit-demo")
    images = IMAGES / "en" if sys.argv[2:] == ["en"] else IMAGES
    images.mkdir(exist_ok=True)
    for name, (page, width, height) in PICTURES.items():
        picture(demo / page, images / name, width=width, height=height)
        print(images / name)


if __name__ == "__main__":
    main()
