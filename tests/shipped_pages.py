"""Every kind of page that impactkit writes, made without a notebook: reports, forms, index, failure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import impactkit as ik
from documents import report_document
from impactkit.batch.export import export_failure
from impactkit.batch.index import write_index
from impactkit.batch.manifest import Row
from impactkit.document.blocks import Block, Document, Heading
from impactkit.document.to_page import to_page
from impactkit.evidence import Evidence
from impactkit.files.resources import sample, sample_names
from impactkit.forms import form_html, forms_of
from impactkit.report.contract_page import contract_document
from impactkit.report.layout import Page, page
from impactkit.synthesis import gather, synthesis_document, synthesise
from many_records import records as many_records
from many_records import write
from records import RECORDS

# The order of the shipped template; those of the second column stand under a heading.
_PARTS = (
    ("header", ""), ("headline", ""), ("need", "Besoin"), ("intended_effect", "Effet"), ("flow", "Personnes"),
    ("method", "Méthode"), ("balance", ""), ("effect", "Résultats"), ("secondary", ""), ("publics", ""),
    ("saying", "Dire"),
    ("solidity", "Solidité"), ("checks", ""), ("annex", "Annexe"),
)  # fmt: skip


@cache
def sample_evidence() -> tuple[Evidence, ...]:
    """The evidence on every action of the shipped studies."""
    return tuple(
        _assessed(name, action.id)
        for name in sample_names()
        for action in ik.read_study(sample(name)).actions
    )


def _assessed(name: str, action: str) -> Evidence:
    cohort = ik.build_cohort(ik.read_study(sample(name)), action=action)
    design = ik.make_comparable(ik.declare_design(cohort))
    return ik.assess(ik.estimate(design), secondary=ik.estimate_secondary(design))


def document_of_page(made: Page) -> Document:
    blocks: list[Block] = []
    for section, heading in _PARTS:
        if heading:
            blocks.append(Heading(text=heading, level=2))
        blocks += getattr(made, section)().blocks
    material = made.material
    return Document(
        title=material.action.title.text(material.language), language=material.language, blocks=tuple(blocks)
    )


def shipped_pages(language: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give the name and the HTML of each page, in a language; ``folder`` is empty."""
    results = write(folder / "results", many_records(30))
    yield (
        "synthesis",
        to_page(synthesis_document(synthesise(gather([results]), by="region"), language=language)),
    )
    for name in RECORDS:
        yield f"record {name}", to_page(report_document(name, language))
    for evidence in sample_evidence():
        record = evidence.record
        yield f"{record.study}/{record.action}", to_page(document_of_page(page(evidence, lang=language)))
    for name in sample_names():
        study = ik.read_study(sample(name))
        records = [found.record for found in sample_evidence() if found.record.study == study.id]
        yield f"contract {name}", to_page(contract_document(study, records, language=language))
        for form in forms_of(study, records, lang=language):
            yield f"form {form.name}", form_html(form)
    yield (
        "failure",
        export_failure(
            title="Action", study="Pacte", action="a", reason="[E-DAT-04] x\n[E-DAT-07] y", language=language
        ),
    )
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    rows = [
        Row(
            study="s", action=name, title=name, state="failed" if name == "b" else "done", lang=language,
            reason="x" if name == "b" else None, report=f"s/{name}/report.html", started=now, finished=now,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    yield "index", write_index(folder, rows, language=language).read_text(encoding="utf-8")
