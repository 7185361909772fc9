"""Documents compiled by a process of their own: the same bytes, whatever becomes of it, and nothing left."""

from __future__ import annotations

import os
import signal
import sys
import time

import psutil
import pytest

from documents import document_of, report_document
from impactkit.batch import run_batch
from impactkit.document.blocks import Paragraph
from impactkit.document.to_pdf import to_pdf
from impactkit.document.typeset import typeset_by
from impactkit.files.resources import sample

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only copies of a warm process use it")


@pytest.fixture
def typesetter():
    from impactkit.batch.executors.typesetting import Typesetter

    made = Typesetter()
    yield made
    made.end()


def asking(typesetter):
    from impactkit.batch.executors.typesetting import Asking

    return Asking(typesetter.place())


def test_a_document_is_the_same_bytes_and_its_time_is_told(typesetter):
    here = to_pdf(report_document())
    for _ in range(3):
        ask = asking(typesetter)
        with typeset_by(ask):
            assert to_pdf(report_document()) == here
        assert ask.cpu_s > 0
    assert typesetter._started == 1  # and the process stays


def test_pictures_are_compiled_there_too(typesetter):
    from impactkit.document.to_docx import to_docx

    here, ask = to_docx(report_document()), asking(typesetter)
    with typeset_by(ask):
        assert to_docx(report_document()) == here
    assert ask.cpu_s > 0


def test_what_typst_refuses_there_it_refuses_here(typesetter):
    from impactkit.document.typeset import typeset_pdf

    with typeset_by(asking(typesetter)), pytest.raises(Exception, match="unknown variable"):
        typeset_pdf({"main.typ": b"#wrong"})


def test_when_it_is_gone_the_document_is_compiled_here_and_another_is_started(typesetter):
    document = document_of(Paragraph(text="a"))
    here, gone = to_pdf(document), asking(typesetter)
    with typeset_by(gone):
        assert to_pdf(document) == here
    first = typesetter._process
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    with typeset_by(gone):
        assert to_pdf(document) == here
    ask = asking(typesetter)
    assert typesetter._process.pid != first.pid
    with typeset_by(ask):
        assert to_pdf(document) == here
    assert ask.cpu_s > 0


def test_one_that_hangs_is_left(typesetter):
    document = document_of(Paragraph(text="a"))
    here, ask = to_pdf(document), asking(typesetter)
    with typeset_by(ask):
        to_pdf(document)
    os.kill(typesetter._process.pid, signal.SIGSTOP)
    pid, ask.patience = typesetter._process.pid, 0.5
    with typeset_by(ask):
        assert to_pdf(document) == here
    os.kill(pid, signal.SIGCONT)


def test_it_ends_with_the_batch(tmp_path):
    made = run_batch([sample("nsw")], out=tmp_path, actions=["experience"], formats=["pdf"], executor="warm")
    assert made.failed == 0
    until = time.monotonic() + 5
    while time.monotonic() < until and any(_typesetters()):
        time.sleep(0.05)
    assert not list(_typesetters())


def _typesetters():
    for process in psutil.Process().children(recursive=True):
        with_name = " ".join(process.cmdline())
        if "executors.typesetter" in with_name:
            yield process
