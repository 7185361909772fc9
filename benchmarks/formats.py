"""What each format of a report costs, beside nbconvert and WeasyPrint where they are installed.

    python benchmarks/formats.py [documents]

Documents differ from one another, so that nothing is made twice. Arms are interleaved; seconds are those of
the processor, all threads together. Start-up is measured in fresh processes: what importing takes with our
own writer of pages and with each of the others, in seconds and in memory (Linux).
"""

from __future__ import annotations

import io
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from documents import report_document
from impactkit.document.blocks import Document, Figure, Paragraph
from impactkit.document.to_docx import to_docx
from impactkit.document.to_html import to_html
from impactkit.document.to_page import to_page
from impactkit.document.to_pdf import to_pdf

LOADED = {
    "to_page": "import impactkit.document.to_page",
    "to_pdf": "import impactkit.document.to_page, impactkit.document.to_pdf, typst",
    "to_docx": "import impactkit.document.to_page, impactkit.document.to_docx",
    "nbconvert": "import impactkit.document.to_page, nbconvert.exporters",
}


def documents(n: int) -> list[Document]:
    base = report_document("did")

    def one(rank: int) -> Document:
        blocks = [
            replace(block, text=f"{block.text} ({rank})") if isinstance(block, Paragraph) else block
            for block in base.blocks
        ]
        # The drawings differ as well: typst keeps what it has drawn.
        drawn = [
            replace(block, svg=re.sub(r">(\w)", rf">{rank} \1", block.svg, count=3))
            if isinstance(block, Figure)
            else block
            for block in blocks
        ]
        return Document(title=f"{base.title} {rank}", language="fr", blocks=tuple(drawn))

    return [one(rank) for rank in range(n)]


def nbconvert_arm() -> Callable[[Document], object] | None:
    try:
        import nbformat.v4 as made
        from nbconvert import HTMLExporter
    except ImportError:
        return None
    exporter = HTMLExporter(template_name="lab", exclude_input=True)

    def convert(document: Document) -> object:
        html = to_html(document.blocks, document.language)
        output = made.new_output("display_data", data={"text/html": html})
        return exporter.from_notebook_node(
            made.new_notebook(cells=[made.new_code_cell("", outputs=[output])])
        )

    return convert


def weasyprint_arm() -> Callable[[Document], object] | None:
    try:
        import weasyprint
    except ImportError:
        return None
    return lambda document: weasyprint.HTML(string=to_page(document)).write_pdf(
        io.BytesIO(), pdf_variant="pdf/ua-1"
    )


def start_up(code: str) -> tuple[float, float]:
    """Return the processor's seconds and the memory (MB) of a fresh process that loads something."""
    # The kernel's own mark: getrusage would give that of the process that started this one.
    tell = """
import re, time
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
print(time.process_time(), int(peak) / 1024)
"""
    told = [
        subprocess.run([sys.executable, "-c", code + tell], check=True, capture_output=True, text=True)
        for _ in range(3)
    ]
    runs = [[float(word) for word in run.stdout.split()] for run in told]
    return statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs)


def main() -> None:
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    arms: dict[str, Callable[[Document], object] | None] = {
        "to_page": to_page,
        "to_pdf": to_pdf,
        "to_docx": to_docx,
        "nbconvert HTML": nbconvert_arm(),
        "WeasyPrint PDF/UA": weasyprint_arm(),
    }
    spent: dict[str, list[float]] = {name: [] for name, arm in arms.items() if arm is not None}
    for rank, document in enumerate(documents(n + 1)):
        for name, arm in arms.items():
            if arm is None:
                continue
            started = time.process_time()
            arm(document)
            if rank:  # the first of each warms up
                spent[name].append(time.process_time() - started)
    page = statistics.median(spent["to_page"])
    print(f"{n} documents, seconds of the processor each (median)")
    for name, arm in arms.items():
        if arm is None:
            print(f"{name:20} not installed")
        else:
            told = statistics.median(spent[name])
            print(f"{name:20} {told:8.4f}   {told / page:7.1f} x to_page")
    print("\nfresh process           seconds    MB")
    for name, code in LOADED.items():
        try:
            seconds, memory = start_up(code)
        except subprocess.CalledProcessError:
            print(f"{name:20} not installed")
            continue
        print(f"{name:20} {seconds:10.2f} {memory:6.0f}")


if __name__ == "__main__":
    main()
