"""A live simulator: sliders above the scene that they set.

The scene is an ordinary output, redrawn in its place: it prints, and stays where sliders cannot be shown.
"""

from __future__ import annotations

import importlib.util
from typing import Any

from impactkit.html import keys_bundle
from impactkit.teaching.scenarios import Choice, Range, Settings
from impactkit.teaching.scene import Scene, control_label, play, scenario_named, setting_text


class Simulator:
    """Shown by a notebook as sliders and a scene; made by `simulator`.

    Attributes
    ----------
    scenario : str
    scene : Scene
        The one shown last.
    """

    def __init__(self, scenario: str, settings: Settings | None = None) -> None:
        self.scenario = scenario
        self.scene: Scene = play(scenario, settings)

    def __repr__(self) -> str:
        return str(self.scene)

    def _ipython_display_(self) -> None:
        from IPython import display  # what a notebook has, and a script need not

        new_display: Any = display.DisplayHandle
        shown = new_display()
        if importlib.util.find_spec("ipywidgets") is None:
            shown.display(self.scene)
            return
        sliders = self.controls()
        new_display().display(_bundle(list(sliders.values())), raw=True)
        new_display().display(keys_bundle(), raw=True)
        shown.display(self.scene)

        def redraw(_: Any) -> None:
            self.scene = play(self.scenario, {name: slider.value for name, slider in sliders.items()})
            shown.update(self.scene)

        for slider in sliders.values():
            slider.observe(redraw, names="value")

    def controls(self) -> dict[str, Any]:
        """Return a slider, or a list to choose from, for each setting.

        Raises
        ------
        ImportError
            When ipywidgets is not installed.
        """
        controls = scenario_named(self.scenario).controls
        return {
            name: _control(name, control, self.scene.settings[name]) for name, control in controls.items()
        }


def simulator(scenario: str, settings: Settings | None = None) -> Simulator:
    """Return a live simulator of a scenario: drag a slider, see the estimate and the verdict move.

    Without ipywidgets (``pip install "impactkit[teach]"``) the scene alone is shown.

    Parameters
    ----------
    scenario, settings
        As for `play`.

    Returns
    -------
    Simulator

    Raises
    ------
    ValueError
        As `play` does.

    Examples
    --------
    >>> simulator("sample", {"people": 40}).scene.settings["people"]
    40
    """
    return Simulator(scenario, settings)


def _control(name: str, control: Range | Choice, value: Any) -> Any:
    import ipywidgets  # optional, and slow to load

    look = {
        "description": str(control_label(name)),
        "style": {"description_width": "30em"},
        "layout": {"width": "50em"},
        # A figure per stop of the hand, not per pixel.
        "continuous_update": False,
    }
    if isinstance(control, Choice):
        options = [(setting_text(name, option), option) for option in control.options]
        del look["continuous_update"]
        return ipywidgets.Dropdown(options=options, value=value, **look)
    bounds = {"min": control.low, "max": control.high, "step": control.step}
    if control.whole:
        whole = {key: int(bound) for key, bound in bounds.items()}
        return ipywidgets.IntSlider(value=int(value), **whole, **look)
    shown = ".0%" if name in ("lost", "lost_gap") else ".2f"
    return ipywidgets.FloatSlider(value=value, readout_format=shown, **bounds, **look)


def _bundle(sliders: list[Any]) -> dict[str, Any]:
    """Return the sliders as a notebook shows them; where it cannot, nothing: the scene says the settings."""
    import ipywidgets

    bundle: dict[str, Any] = ipywidgets.VBox(sliders)._repr_mimebundle_()
    return bundle | {"text/plain": ""}
