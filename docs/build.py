"""Make the documentation's site, in French and in English: ``python docs/build.py OUT``.

The pages are those of this folder, readable as they lie. From them, Sphinx makes a site for each language,
with warnings as errors: a page that no table of README.md names stops it, and a link that leads nowhere. Then
every page made is read again: each local address must exist, anchors included, and nothing may be fetched.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import impactkit

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
IMAGES = DOCS / "images"
LANGUAGES = ("fr", "en")
# Pages beside this folder, in English, which the French site has too: they are written once.
BESIDE = ("ARCHITECTURE", "CONTRIBUTING", "CHANGELOG")
# Pages that list those of the folder of the same name, which then stand under them in the navigation.
LISTS = ("checks",)
LINK = re.compile(r"(?P<shown>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<target>[^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```)", re.S | re.M)
# What stays as written: code, formulas, and titles, which links name.
KEPT = re.compile(r"(`[^`\n]+`|\$\$.*?\$\$|\$[^$\n]+\$|^#[^\n]*$)", re.M | re.S)
SIGN = re.compile(r"(?<=\S) (?=[:;?!»%](?:[\s).,*|]|$))|(?<=«) ", re.M)
SECTION = re.compile(r"^## (?P<title>[^\n]+)\n(?P<body>.*?)(?=^## |\Z)", re.S | re.M)
FIRST_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>impactkit</title>
<meta name="viewport" content="width=device-width"></head>
<body><h1>impactkit</h1><p><a href="fr/index.html">Documentation en français</a></p>
<p lang="en"><a href="en/index.html" hreflang="en">Documentation in English</a></p></body></html>
"""


def places(language: str) -> dict[Path, str]:
    """Return where each page on disk stands in the site of a language, without its ending."""
    home = DOCS if language == "fr" else DOCS / "en"
    found = {}
    for path in sorted(home.rglob("*.md")):
        if language == "en" or DOCS / "en" not in path.parents:
            found[path] = path.relative_to(home).with_suffix("").as_posix()
    found[home / "README.md"] = "index"
    if language == "en":
        found |= {ROOT / f"{name}.md": name.lower() for name in BESIDE}
    return found


def prepare(language: str, folder: Path) -> None:
    """Write in a folder what Sphinx reads: the pages with their addresses in the site, and its navigation."""
    folder.mkdir()
    own, other = places(language), places({"fr": "en", "en": "fr"}[language])
    for path, place in own.items():
        text = path.read_text(encoding="utf-8")
        text = _linked(text, path, place, own, other, language)
        if place == "index":
            text = _with_themes(text, folder, language)
        elif place in LISTS:
            text += "\n" + _toctree(re.findall(rf"\]\(({place}/[^)#]+)\.md", text))
        target = folder / f"{place}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    if IMAGES.is_dir():
        shutil.copytree(IMAGES, folder / IMAGES.name)
    if language == "en":
        _write_api(folder / "api")


def _linked(
    text: str, path: Path, place: str, own: dict[Path, str], other: dict[Path, str], language: str
) -> str:
    """Return a page whose links lead where their pages stand in the site."""
    up = "../" * place.count("/")

    def at(match: re.Match[str]) -> str:
        shown, target = match["shown"], match["target"]
        name, _, anchor = target.partition("#")
        if not name or ":" in name:
            return match[0]
        page = (path.parent / name).resolve()
        if page.is_relative_to(IMAGES):
            return f"{shown}({up}{page.relative_to(DOCS).as_posix()})"
        suffix = f"#{anchor}" if anchor else ""
        if page in own:
            return f"{shown}({up}{own[page]}.md{suffix})"
        if page in other:
            twin = {"fr": "en", "en": "fr"}[language]
            return f'<a href="{up}../{twin}/{other[page]}.html{suffix}" hreflang="{twin}">{shown[1:-1]}</a>'
        # A file of the repository: the site does not have it, its name is enough.
        return shown[1:-1]

    pieces = FENCE.split(text)
    spaced = _held if language == "fr" else str
    pieces[::2] = [spaced(LINK.sub(at, piece)) for piece in pieces[::2]]
    return "".join(pieces)


def _held(text: str) -> str:
    """Return French prose whose signs never start a line."""
    pieces = KEPT.split(text)
    pieces[::2] = [SIGN.sub("\u00a0", piece) for piece in pieces[::2]]
    return "".join(pieces)


def _with_themes(text: str, folder: Path, language: str) -> str:
    """Make a page of each section of README.md that has links, and name them all in its navigation."""
    names, seen = [], {"index"}
    for number, section in enumerate(SECTION.finditer(text), start=1):
        pages = [page for page in re.findall(r"\]\(([^)#]+)\.md", section["body"]) if page not in seen]
        if not pages:
            continue
        seen.update(pages)
        name = f"theme-{number}"
        content = f"# {section['title']}\n\n{section['body']}\n{_toctree(dict.fromkeys(pages))}"
        (folder / f"{name}.md").write_text(content, encoding="utf-8")
        names.append(name)
    if language == "en":
        names.append("api/index")
    return f"{text}\n{_toctree(names)}"


def _toctree(pages: Iterable[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *pages, "```", ""])


def _write_api(folder: Path) -> None:
    """Write a page of reference for each package whose names `impactkit` gives."""
    folder.mkdir()
    homes: dict[str, list[str]] = {}
    for name in impactkit.__all__:
        home = getattr(getattr(impactkit, name), "__module__", "")
        if home.startswith("impactkit."):
            homes.setdefault(home.split(".")[1], []).append(name)
    for home, names in homes.items():
        lines = [f"# impactkit: {home}", "", "```{eval-rst}"]
        for name in sorted(names, key=str.lower):
            kind = "autoclass" if isinstance(getattr(impactkit, name), type) else "autofunction"
            lines += [f".. {kind}:: impactkit.{name}", *(["   :members:"] if kind == "autoclass" else []), ""]
        (folder / f"{home}.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")
    listed = "\n".join(
        f"- [{home}]({home}.md): {', '.join(f'`{name}`' for name in names)}" for home, names in homes.items()
    )
    text = f"# Reference of the Python names\n\nMade from the docstrings.\n\n{listed}\n\n{_toctree(homes)}"
    (folder / "index.md").write_text(text, encoding="utf-8")


def make(language: str, out: Path) -> None:
    """Make the site of one language; Sphinx ends with an error at the first warning."""
    twins = " ".join(set(places("fr").values()) & set(places("en").values()))
    environment = {**os.environ, "IMPACTKIT_DOCS_LANGUAGE": language, "IMPACTKIT_DOCS_TWINS": twins}
    with tempfile.TemporaryDirectory() as work:
        prepare(language, Path(work) / "pages")
        command = ["-m", "sphinx", "-q", "-E", "-W", "--keep-going", "-c", DOCS, "-d", f"{work}/trees"]
        subprocess.run(
            [sys.executable, *command, f"{work}/pages", out / language], check=True, env=environment
        )


class _Page(HTMLParser):
    """The addresses that a page has, those that it fetches, and the places that it names."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.anchors.update({found.get("id", ""), found.get("name", "")})
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "link" and found.get("rel") not in ("canonical", "alternate"):
            self.fetched.append(found.get("href", ""))
        elif "src" in found:
            self.fetched.append(found["src"])


def faults(out: Path) -> Iterator[str]:
    """Yield what is wrong in a site: an address that leads nowhere, a thing fetched from elsewhere."""
    pages = {}
    for path in out.rglob("*.html"):
        if "_static" in path.parts:  # the theme's own files
            continue
        page = pages[path] = _Page()
        page.feed(path.read_text(encoding="utf-8"))
    for path, page in pages.items():
        for target in page.fetched:
            if urlsplit(target).netloc:
                yield f"{path.relative_to(out)} fetches {target}"
        for target in (*page.links, *page.fetched):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            aimed = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not aimed.exists():
                yield f"{path.relative_to(out)} names {target}, which is not there"
            elif parts.fragment and aimed in pages and unquote(parts.fragment) not in pages[aimed].anchors:
                yield f"{path.relative_to(out)} names {target}, a place which is not there"
    for path in out.rglob("*.css"):
        if re.search(r"(?:url\(|@import )['\"]?(?:https?:)?//", path.read_text(encoding="utf-8")):
            yield f"{path.relative_to(out)} fetches something from elsewhere"


def main() -> int:
    """Make both sites and read them again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="a folder, made anew")
    out = parser.parse_args().out.resolve()
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "index.html").write_text(FIRST_PAGE, encoding="utf-8")
    for language in LANGUAGES:
        make(language, out)
    wrong = list(faults(out))
    print("\n".join(wrong) or f"Nothing wrong: {out / 'index.html'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
