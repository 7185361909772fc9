"""Two forms for JupyterLab: describe a file's columns, answer a pact's questionnaire, without writing TOML.

What they do is in `choices` and `answers`; here they are only shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from markupsafe import escape

from impactkit.errors import ImpactkitError
from impactkit.files import read_study
from impactkit.files.model import Study
from impactkit.forms.changes.words import CHOICES, LEVELS, NOT_CONCERNED, SHARES, heading, word
from impactkit.html import keys_bundle
from impactkit.lab.answers import Reply, form_asked, replies_of, write_replies
from impactkit.lab.choices import KINDS, VARIABLE, Chosen, Described, describe, uses
from impactkit.text import Language, Message, current_language

_WRAPPED = {"flex_flow": "row wrap"}
_ASKED = ("level", "share", "proof", "date", "source")


class FileForm:
    """A row of choices for each column of a file, and the part of ``study.toml`` that they make.

    Attributes
    ----------
    described : Described
    """

    def __init__(self, described: Described, out: Path) -> None:
        self.described, self.out = described, out
        self.fields = {header: _column(header, chosen) for header, chosen in described.chosen().items()}
        self.shown = _widgets().Textarea(
            layout={"width": "100%", "height": "18em"}, disabled=True, value=self.part()
        )
        self.said = _widgets().HTML()
        self.save = _button("save_part", self._save)
        for field in self.fields.values():
            for control in field.values():
                control.observe(lambda _: self._show(), names="value")

    def choices(self) -> dict[str, Chosen]:
        """Return what is chosen of each column, by header."""
        return {header: _chosen(field) for header, field in self.fields.items()}

    def part(self) -> str:
        """Return the part of a study file that the choices make."""
        return self.described.part(self.choices())

    def _show(self) -> None:
        self.shown.value = self.part()

    def _save(self) -> None:
        if self.out.exists():
            self.said.value = _said("exists", path=self.out.name)
            return
        self.out.write_text(self.part(), encoding="utf-8", newline="\n")
        self.said.value = _said("saved", path=self.out.name)

    def _ipython_display_(self) -> None:
        rows = [_widgets().HBox(list(field.values())) for field in self.fields.values()]
        _show(_widgets().VBox([*rows, self.shown, self.save, self.said]))


class AnswerForm:
    """The changes that a pact is asked about, to be answered by one respondent."""

    def __init__(self, study: Study, respondent: str) -> None:
        self.study, self.respondent = study, respondent
        kind, written = replies_of(study, respondent)
        language = current_language()
        types = [(word("type", name, language), name) for name in CHOICES["type"]]
        self.kind = _widgets().Dropdown(
            options=types, value=kind or types[0][1], **_labelled(heading("type", language))
        )
        self.fields = {
            item.key: _reply(item.label.text(language), written.get(item.key, Reply()), language)
            for _, item in form_asked().items
        }
        self.said = _widgets().HTML()
        self.save = _button("save_answers", self._save)

    def replies(self) -> dict[str, Reply]:
        """Return what is answered, by change; a change of which nothing is said is left out."""
        found = {key: _replied(field) for key, field in self.fields.items()}
        return {key: reply for key, reply in found.items() if reply != Reply()}

    def _save(self) -> None:
        try:
            path = write_replies(self.study, self.respondent, self.kind.value, self.replies())
        except (ImpactkitError, OSError) as error:
            self.said.value = _escaped(str(error))
            return
        self.said.value = _said("answered", path=path.name)

    def _ipython_display_(self) -> None:
        rows: list[Any] = [self.kind]
        for field in self.fields.values():
            rows += [field["title"], _widgets().HBox([field["level"], field["share"]])]
            rows.append(_widgets().HBox([field["proof"], field["source"], field["date"]], layout=_WRAPPED))
        _show(_widgets().VBox([*rows, self.save, self.said]))


def describe_file(
    path: str | Path, *, study: str | Path | None = None, out: str | Path | None = None
) -> FileForm:
    """Describe the columns of a file by choosing: what is made is the part of ``study.toml`` that says it.

    Needs ipywidgets (extra ``lab``).

    Parameters
    ----------
    path : path
        The file; no person's value is shown.
    study : path, optional
        A study whose variables are recognised.
    out : path, optional
        Where the part is saved; beside the file by default. An existing file is never overwritten.

    Returns
    -------
    FileForm
        Shown by a notebook; `FileForm.part` is what it makes.

    Raises
    ------
    DataError, StudyError
        When the file or the study cannot be read.
    """
    file = Path(path)
    known = None if study is None else read_study(study)
    return FileForm(describe(file, study=known), Path(out) if out else file.with_suffix(".toml"))


def answer_changes(study: str | Path | Study, *, respondent: str) -> AnswerForm:
    """Answer the questionnaire on a pact's changes; the answers go to the workbook that the study declares.

    Needs ipywidgets (extra ``lab``).

    Parameters
    ----------
    study : path or Study
    respondent : str
        A number, never a name: what they answered before is shown again.

    Returns
    -------
    AnswerForm
        Shown by a notebook.

    Raises
    ------
    StudyError
        When the study declares no questionnaire.
    """
    return AnswerForm(study if isinstance(study, Study) else read_study(study), respondent)


def _column(header: str, chosen: Chosen) -> dict[str, Any]:
    w = _widgets()
    narrow = {"width": "9em"}
    labels = [(str(Message(f"lab.use.{name or 'none'}")), name) for name in uses()]
    kinds = [(str(Message(f"lab.kind.{kind}")), kind) for kind in KINDS]
    wave = "" if chosen.wave is None else str(chosen.wave)
    name, months = str(Message("lab.name")), str(Message("lab.wave"))
    return {
        "use": w.Dropdown(
            options=labels,
            value=chosen.use,
            description=header,
            style={"description_width": "16em"},
            layout={"width": "30em"},
        ),
        "name": w.Text(
            value=chosen.name, placeholder=name, tooltip=f"{header}, {name}", layout={"width": "14em"}
        ),
        "kind": w.Dropdown(
            options=kinds, value=chosen.kind, tooltip=f"{header}, {Message('lab.kind_of')}", layout=narrow
        ),
        "wave": w.Text(value=wave, placeholder=months, tooltip=f"{header}, {months}", layout=narrow),
    }


def _chosen(field: Mapping[str, Any]) -> Chosen:
    use, wave = field["use"].value, field["wave"].value.strip()
    if use != VARIABLE:
        return Chosen(use=use)
    months = int(wave) if wave.isascii() and wave.isdigit() else None
    return Chosen(use=use, name=field["name"].value.strip(), kind=field["kind"].value, wave=months)


def _reply(title: str, reply: Reply, language: Language) -> dict[str, Any]:
    w = _widgets()
    levels = [(word("level", name, language), name) for name in (*LEVELS, NOT_CONCERNED)]
    shares = [(word("share", name, language), name) for name in SHARES]
    named = {name: _labelled(heading(name, language), of=title) for name in _ASKED}
    return {
        "title": w.HTML(f"<b>{_escaped(title)}</b>"),
        "level": w.Dropdown(
            options=[(str(Message("lab.unsaid")), ""), *levels], value=reply.level, **named["level"]
        ),
        "share": w.Dropdown(
            options=[(str(Message("lab.share")), ""), *shares], value=reply.share, **named["share"]
        ),
        "proof": w.Text(value=reply.proof, placeholder=str(Message("lab.proof")), **named["proof"]),
        "date": w.DatePicker(value=reply.date, **named["date"]),
        "source": w.Text(value=reply.source, placeholder=str(Message("lab.source")), **named["source"]),
    }


def _labelled(name: str, *, of: str = "") -> dict[str, Any]:
    """Return what names a field beside it, and to a reader of screens what it is a field of."""
    return {
        "description": name,
        "tooltip": f"{of}, {name}" if of else name,
        "style": {"description_width": "11em"},
        "layout": {"width": "28em"},
    }


def _replied(field: Mapping[str, Any]) -> Reply:
    date: dt.date | None = field["date"].value
    texts = {name: field[name].value.strip() for name in ("level", "share", "proof", "source")}
    return Reply(date=date, **texts)


def _button(key: str, act: Callable[[], None]) -> Any:
    button = _widgets().Button(description=str(Message(f"lab.{key}")), layout={"width": "auto"})
    button.on_click(lambda _: act())
    return button


def _said(key: str, *, path: str) -> str:
    return _escaped(str(Message(f"lab.{key}", {"path": path})))


def _escaped(text: str) -> str:
    return str(escape(text))


def _show(widget: Any) -> None:
    from IPython.display import display  # what a notebook has, and a script need not

    shown: Callable[..., None] = display
    shown(widget)
    shown(keys_bundle(), raw=True)


def _widgets() -> Any:
    import ipywidgets  # optional, and slow to load

    return ipywidgets
