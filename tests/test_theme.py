"""A theme of the user's own: it changes every format, and is refused when it fetches or cannot be read."""

from __future__ import annotations

import pytest

from documents import docx_part, report_document
from impactkit.batch.plan import plan_batch
from impactkit.document.to_docx import to_docx
from impactkit.document.to_page import to_page
from impactkit.document.to_pdf import to_pdf
from impactkit.errors import ReportError
from impactkit.html.theme import VARIABLE
from small_batch import make_study, make_template

GOOD = (
    ":root { --accent: #5b2a86; }\n"
    "@media screen and (prefers-color-scheme: dark) { :root { --accent: #c9a6ee; } }"
)


@pytest.fixture
def themed(tmp_path, monkeypatch):
    def use(css: str) -> None:
        path = tmp_path / "thème.css"
        path.write_text(css, encoding="utf-8")
        monkeypatch.setenv(VARIABLE, str(path))

    return use


def test_a_theme_changes_every_format(themed):
    document = report_document("before_after")
    plain = to_pdf(document)
    themed(GOOD)
    assert "--accent: #5b2a86" in to_page(document)
    assert "5B2A86" in docx_part(to_docx(document), "word/styles.xml")
    assert to_pdf(document) != plain


@pytest.mark.parametrize(
    ("css", "said"),
    [
        ("@import 'https://example.org/a.css';", "ailleurs"),
        ("body { background: url(https://example.org/a.png) }", "ailleurs"),
        ("</style><script>1</script>", "ailleurs"),
        (":root { --accent: #eeeeee; }", "en clair"),
        (":root { --accent: #5b2a86; }", "en sombre"),
        ("@media (prefers-color-scheme: dark) { :root { --ink: #222222; } }", "en sombre"),
    ],
)
def test_a_theme_that_fetches_or_cannot_be_read_is_refused_before_anything_runs(themed, tmp_path, css, said):
    themed(css)
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "modele.ipynb", "save()")
    with pytest.raises(ReportError) as caught:
        plan_batch([study], template=template)
    assert said in caught.value.message.text("fr")


def test_a_theme_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, str(tmp_path / "rien.css"))
    with pytest.raises(ReportError):
        to_page(report_document("before_after"))


def test_a_report_depends_on_the_theme(themed, tmp_path):
    study = make_study(tmp_path / "etude", "a")
    template = make_template(tmp_path / "modele.ipynb", "save()")
    (before,) = plan_batch([study], template=template).reports
    themed(GOOD)
    (after,) = plan_batch([study], template=template).reports
    assert before.inputs_sha256 != after.inputs_sha256
