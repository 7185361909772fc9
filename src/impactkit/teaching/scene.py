"""A scene: a made world, what an evaluator would find in it, and the truth that she would not know."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape

import pandas as pd

from impactkit.cohort import Cohort
from impactkit.cohort.cohort import ARM, BENEFICIARY, PERIOD
from impactkit.cohort.frame import COMPARISON
from impactkit.evidence import Evidence, assess
from impactkit.files.model import Outcome, Variable
from impactkit.html import grid_html, shown_html
from impactkit.plot.svg import inline_svg
from impactkit.simulate import World, draw
from impactkit.teaching.figure import Lines, draw_scene, time_label
from impactkit.teaching.scenarios import MEAN, SCENARIOS, SD, Choice, Range, Scenario, Settings
from impactkit.text import Label, Message, Quantity, current_language

_SCORE = Variable(
    label=Label(fr="Autonomie dans les démarches (0 à 20)", en="Ease with procedures (0 to 20)"),
    type="number",
    unit=Label(fr="points", en="points"),
    unit_singular=Label(fr="point", en="point"),
)


@dataclass(frozen=True)
class Scene:
    """What the simulator shows: the truth of a made world beside what is found and said of it.

    Attributes
    ----------
    scenario : str
    settings : mapping
        All of them, those left alone included.
    truth : float
        The effect put into the world, in points of the score.
    estimate : float
        What the method finds.
    interval : (float, float)
        At 95 %.
    evidence : Evidence
        The tool's own judgement, which does not know the truth.
    lines : Lines
        Means before and after, and those that beneficiaries would have had without the action.
    """

    scenario: str
    settings: Settings
    truth: float
    estimate: float
    interval: tuple[float, float]
    evidence: Evidence
    lines: Lines

    @property
    def verdict(self) -> str:
        """The tool's verdict, as its page says it."""
        return self.evidence.record.sentences.verdict.text(current_language())

    @property
    def holds_truth(self) -> bool:
        """Whether the interval holds the true effect."""
        return self.interval[0] <= self.truth <= self.interval[1]

    @property
    def found(self) -> str:
        """The truth, what was found, and whether the interval holds the truth."""
        low, high = self.interval
        params = {
            "truth": _points(self.truth),
            "estimate": _points(self.estimate),
            "low": _points(low),
            "high": _points(high),
        }
        return str(Message(f"teach.scene.{'holds' if self.holds_truth else 'misses'}", params))

    def __str__(self) -> str:
        return f"{self.found} {Message('teach.scene.says')} {self.evidence.sentence()}"

    def __repr__(self) -> str:
        return str(self)

    @cached_property
    def set_to(self) -> str:
        """The settings, in words."""
        controls = SCENARIOS[self.scenario].controls
        said = [
            Message("teach.setting", {"name": control_label(name), "value": setting_text(name, value)})
            for name, value in self.settings.items()
            if name in controls
        ]
        return " · ".join(str(message) for message in said)

    @property
    def _beyond_the_verdict(self) -> str:
        """What the page says under its verdict: the interval, and what could have been seen."""
        said, language = self.evidence.record.sentences, current_language()
        parts = [said.interval]
        if self.evidence.conclusion == "inconclusive" and said.smallest_effect is not None:
            parts.append(said.smallest_effect)
        return " ".join(part.text(language) for part in parts)

    def _repr_html_(self) -> str:
        figure = draw_scene(self.lines, estimate=self.estimate, interval=self.interval, truth=self.truth)
        # Two scenes of a page have each their own identifiers.
        name = f"scene-{hashlib.sha256(self.set_to.encode()).hexdigest()[:8]}-{self.scenario}"
        drawn = inline_svg(figure.axes[0], name=name, title=self.found, alt=str(self))
        said = f"{Message('teach.scene.says')} <strong>{escape(self.verdict)}.</strong>"
        data = Message("report.figure.data")
        means = grid_html(self._means(), caption=Message("teach.figure.happened"))
        return shown_html(
            f'<figure class="ik-figure"><figcaption>{escape(self.found)}</figcaption>'
            f'<div class="ik-scroll" tabindex="0">{drawn}</div>'
            f"<p>{said} {escape(self._beyond_the_verdict)}</p>"
            f'<p class="ik-quiet">{escape(self.set_to)}</p>'
            f"<details><summary>{escape(str(data))}</summary>{means}</details></figure>"
        )

    def _means(self) -> pd.DataFrame:
        """Return the means that the figure draws, one row per line."""
        lines = self.lines
        since = lines.times.index(0)
        drawn = {
            "treated": lines.treated,
            "compared": lines.compared,
            "without": [None] * since + list(lines.without[since:]),
        }
        rows = [
            [
                Message(f"teach.figure.{name}"),
                *(None if mean is None else Quantity(mean, "number", 2) for mean in means),
            ]
            for name, means in drawn.items()
            if means is not None
        ]
        return pd.DataFrame(rows, columns=["group", *map(time_label, lines.times)])


def play(scenario: str, settings: Settings | None = None) -> Scene:
    """Draw a made world, estimate the effect as an evaluator would, and judge it with `assess`.

    Parameters
    ----------
    scenario : str
        ``"sample"`` (how many people), ``"losses"`` (who is lost), ``"one_group"`` (before and after only),
        ``"two_groups"`` (groups that were not drawn by lot) or ``"verdict"``.
    settings : mapping, optional
        What differs from the scenario's start: ``{"effect": 0.5, "people": 80}``, in points of a score from 0
        to 20, people per group, shares; ``draw`` draws other people.

    Returns
    -------
    Scene
        Shows itself in a notebook.

    Raises
    ------
    ValueError
        When there is no such scenario or setting, or a value is out of its bounds.

    Examples
    --------
    >>> scene = play("one_group", {"effect": 0, "trough": 2})
    >>> scene.truth, round(scene.estimate, 1), scene.evidence.attribution
    (0.0, 2.5, 'change_not_attributed')
    """
    known = scenario_named(scenario)
    complete = {name: control.start for name, control in known.controls.items()} | dict(settings or {})
    for name, value in complete.items():
        _refuse(scenario, known.controls, name, value)
    world, seed = known.world(complete), int(complete["draw"])
    cohort = _in_points(draw(world, seed=seed))
    found = known.estimate(cohort, complete)
    untouched = _in_points(draw(replace(world, effect=0.0, attrition=0.0, attrition_gap=0.0), seed=seed))
    return Scene(
        scenario=scenario,
        settings=complete,
        truth=SD * world.true_effect,
        estimate=found.effect.value,
        interval=found.effect.interval(),
        evidence=assess(found),
        lines=_lines(world, cohort, untouched),
    )


def scenario_named(name: str) -> Scenario:
    """Return the scenario of this name.

    Raises
    ------
    ValueError
        When there is none.
    """
    if name not in SCENARIOS:
        raise ValueError(f"unknown scenario {name!r}: expected one of {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def control_label(name: str) -> Message:
    """Return the name of a setting."""
    return Message(f"teach.control.{name}")


def setting_text(name: str, value: float | str) -> str:
    """Write the value of a setting."""
    if isinstance(value, str):
        return str(Message(f"teach.option.{value}"))
    if name in ("lost", "lost_gap"):
        return str(Quantity(value, "percent"))
    return str(Quantity(value, "number", 0 if float(value).is_integer() else 2))


def _refuse(scenario: str, controls: Mapping[str, Range | Choice], name: str, value: float | str) -> None:
    if name not in controls:
        raise ValueError(f"{scenario!r} has no setting {name!r}: expected one of {', '.join(controls)}")
    control = controls[name]
    if isinstance(control, Choice):
        if value not in control.options:
            raise ValueError(f"unknown {name} {value!r}: expected one of {', '.join(control.options)}")
    elif isinstance(value, str) or not control.low <= value <= control.high:
        raise ValueError(f"{name} is a number from {control.low:g} to {control.high:g}")


def _points(value: float) -> Quantity:
    return Quantity(value, "number", 2, sign=True)


def _in_points(cohort: Cohort) -> Cohort:
    """Tell the outcome of a made cohort as a score, with its name."""
    return replace(
        cohort,
        variables={**cohort.variables, "y": _SCORE},
        outcomes=(Outcome(variable="y", primary=True, direction="increase"),),
        _panel=cohort.panel.assign(y=lambda panel: MEAN + SD * panel["y"]),
    )


def _lines(world: World, cohort: Cohort, untouched: Cohort) -> Lines:
    """Return the means that can be seen, and those that cannot."""
    return Lines(
        times=world.times,
        treated=_means(cohort, BENEFICIARY),
        compared=_means(cohort, COMPARISON) if world.units[1] else None,
        without=_means(untouched, BENEFICIARY),
    )


def _means(cohort: Cohort, arm: str) -> list[float]:
    panel = cohort.panel
    return [float(value) for value in panel[panel[ARM] == arm].groupby(PERIOD)["y"].mean()]
