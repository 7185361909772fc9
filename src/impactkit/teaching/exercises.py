"""The exercises of the course: what is asked is in the notebooks, what is right is computed here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape

from impactkit.cohort import Cohort, build_cohort, link
from impactkit.design import declare_design
from impactkit.estimators import Estimate, compare_groups, estimate, minimum_detectable_effect, sample_size
from impactkit.evidence.rules import smallest_detectable
from impactkit.files import read_study, sample
from impactkit.html import shown_html
from impactkit.teaching.looks import Chosen, Exercise, MadeComparable, Number, Paired, Several
from impactkit.teaching.scene import Scene, play
from impactkit.teaching.two_files import two_files
from impactkit.text import Message

# The style sheet's own: a check that holds, one to look at again, one that is not made.
_TONES = {"right": "ok", "again": "caution", "open": "not_run"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said of an answer.

    Attributes
    ----------
    exercise : str
    right : bool
    message : Message
        The first difference that helps, or what the right answer shows.
    clue : Message or None
        A further one, when it was asked for.
    """

    exercise: str
    right: bool
    message: Message
    clue: Message | None = None

    @property
    def state(self) -> str:
        """``right``, ``again``, or ``open`` while there is no answer."""
        if self.right:
            return "right"
        return "open" if self.message.key == "teach.answer.none" else "again"

    def __str__(self) -> str:
        head = Message(f"teach.answer.{self.state}", {"key": self.exercise})
        said = f"{head} {self.message}"
        return said if self.clue is None else f"{said} {Message('teach.answer.clue', {'clue': self.clue})}"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return shown_html(f'<p class="ik-answer ik-{_TONES[self.state]}">{escape(str(self))}</p>')


def check_answer(exercise: str, answer: object, *, clue: bool = False) -> Answer:
    """Look at an answer: right, or the first difference that helps; the answer itself is never told.

    Parameters
    ----------
    exercise : str
        Its number in the notebook: ``"3.2"``.
    answer : object
        What the notebook asks for; ``None`` when there is none yet.
    clue : bool
        Ask for a further clue.

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        When there is no such exercise.

    Examples
    --------
    >>> check_answer("1.3", 0.9).right
    False
    """
    if exercise not in EXERCISES:
        raise ValueError(f"unknown exercise {exercise!r}: expected one of {', '.join(EXERCISES)}")
    slug = exercise.replace(".", "_")
    further = Message(f"teach.clue.e{slug}")
    if answer is None or answer is ...:
        return Answer(
            exercise=exercise,
            right=False,
            message=Message("teach.answer.none"),
            clue=further if clue else None,
        )
    difference = EXERCISES[exercise].look(exercise, answer)
    if difference is None:
        return Answer(exercise=exercise, right=True, message=Message(f"teach.right.e{slug}"))
    return Answer(exercise=exercise, right=False, message=difference, clue=further if clue else None)


# ------------------------------------------------------------------ what the answers are computed from


@cache
def _cohort(study: str, action: str) -> Cohort:
    return build_cohort(read_study(sample(study)), action=action)


@cache
def _estimate(study: str, action: str) -> Estimate:
    return estimate(declare_design(_cohort(study, action)))


def _lost(arm: str) -> float:
    """Return the share lost at six months in the mobility action, in per cent."""
    table = _cohort("insertion_emploi", "parcours_mobilite").attrition(masked=False)
    last = table[table["period"] == table["period"].max()].set_index("arm")["share"]
    return 100 * float(last[arm])


def _mean(group: str, time: str) -> float:
    """Return the share in work in the mobility action, in per cent."""
    for mean in _estimate("insertion_emploi", "parcours_mobilite").means:
        if (mean.group, mean.time) == (group, time):
            return 100 * mean.mean
    raise KeyError(group)


def _change(group: str) -> float:
    return _mean(group, "after") - _mean(group, "before")


def _found_again(status: tuple[str, ...]) -> float:
    left, right = two_files()
    links = link(left, right, last_name="nom", first_name="prenom", birth_date="ne_le")
    return float(links["status"].isin(status).sum())


def _written_alike() -> float:
    left, right = two_files()
    return float(len(left.merge(right, on=["nom", "prenom", "ne_le"])))


@cache
def _trough() -> Scene:
    return play("one_group", {"effect": 0.5, "trough": 2, "maturing": 0.5, "people": 400, "draw": 3})


def _nsw(action: str) -> float:
    return compare_groups(declare_design(_cohort("nsw", action))).effect.value


def _energy() -> Estimate:
    return _estimate("insertion_emploi", "energie_solidaire")


def _energy_detectable() -> float:
    effect = _energy().effect
    return 100 * smallest_detectable(effect.std_error, effect.df)


def _energy_half_width() -> float:
    low, high = _energy().effect.interval()
    return 50 * (high - low)


_LETTERS = ("a", "b", "c", "d", "e", "f", "g")
_GROUPS = ("waiting_list", "not_yet_treated", "neighbouring_territory", "ineligible", "non_takers")

EXERCISES: Mapping[str, Exercise] = {
    "1.1": Several(
        options=_LETTERS[:6], right=frozenset({"3a102688797e59c3", "60c2659ff38c7f0b", "ccbccc4f2bf6da2e"})
    ),
    "1.2": Chosen(options=_LETTERS[:4], right="f491a3c6569064dc"),
    "1.3": Number(
        right=lambda: 100 * minimum_detectable_effect(n_treated=60, n_comparison=60, share=0.30),
        tolerance=0.6,
        traps={
            "both": lambda: 100 * minimum_detectable_effect(n_treated=120, n_comparison=120, share=0.30),
            "deviations": lambda: minimum_detectable_effect(n_treated=60, n_comparison=60),
        },
    ),
    "1.4": Number(
        right=lambda: sample_size(0.10, share=0.30).n_treated,
        tolerance=3,
        traps={"both": lambda: 2 * sample_size(0.10, share=0.30).n_treated},
    ),
    "2.1": Several(
        options=_LETTERS,
        right=frozenset({"0c6cf1f897e9b8bd", "467f5e2e717fc7ae", "486252e803daffee", "4ffd75099fc02eb3"}),
    ),
    "2.2": Chosen(options=_LETTERS[:3], right="994b7fbbb7f2f610"),
    "2.3": Number(
        right=lambda: _found_again(("auto",)),
        tolerance=0,
        traps={"review": lambda: _found_again(("auto", "review")), "alike": _written_alike},
    ),
    "2.4": Number(
        right=lambda: _lost("beneficiary"),
        tolerance=0.5,
        traps={
            "followed": lambda: 100 - _lost("beneficiary"),
            "all": lambda: _lost("all"),
            "waiting": lambda: _lost("waiting_list"),
        },
    ),
    "3.1": Number(
        right=lambda: _trough().estimate - _trough().truth,
        tolerance=0.06,
        traps={"change": lambda: _trough().estimate, "truth": lambda: _trough().truth},
    ),
    "3.2": Paired(
        situations=("mobilite", "garde", "familles", "energie", "invitation"),
        options=_GROUPS,
        right=frozenset(
            {
                "133f6db7d46c0d23",
                "8d2e5658c42dba6f",
                "93acaf00afddbd27",
                "9d0ddfe3b26fe52c",
                "bc7cc6fb300220d3",
            }
        ),
    ),
    "3.3": Number(
        right=lambda: _change("treated") - _change("comparison"),
        tolerance=0.3,
        traps={
            "before_after": lambda: _change("treated"),
            "waiting": lambda: _change("comparison"),
            "adjusted": lambda: 100 * _estimate("insertion_emploi", "parcours_mobilite").effect.value,
            "after": lambda: _mean("treated", "after") - _mean("comparison", "after"),
        },
    ),
    "3.4": Chosen(options=_LETTERS[:3], right="407a4ccda690df8a"),
    "4.1": Number(
        right=lambda: _nsw("comparaison_cps") - _nsw("experience"),
        tolerance=2,
        traps={
            "estimate": lambda: _nsw("comparaison_cps"),
            "experiment": lambda: _nsw("experience"),
            "sum": lambda: _nsw("comparaison_cps") + _nsw("experience"),
        },
    ),
    "4.2": Chosen(
        options=("age", "educ", "marr", "nodegree", "earnings_1974", "earnings"), right="7bc6e4b2fd3eed83"
    ),
    "4.3": MadeComparable(most=0.1),
    "4.4": Chosen(options=_LETTERS[:3], right="93482c2f876862f8"),
    "5.1": Number(
        right=_energy_detectable,
        tolerance=0.6,
        traps={"half": _energy_half_width, "estimate": lambda: 100 * _energy().effect.value},
    ),
    "5.2": Several(
        options=_LETTERS[:5], right=frozenset({"167e9ca3fe75374a", "3ad1941261466f4a", "725b8ccef24a47ab"})
    ),
    "5.3": Chosen(options=_LETTERS[:3], right="759c97552a3df504"),
    "5.4": Several(
        options=_LETTERS[:4],
        right=frozenset({"1a05b13745d5bf15", "bf3217a1d75770c5", "cbe7e75a0a9c2095", "fd1a0f9f703e5f63"}),
    ),
    "w.1": Chosen(options=_LETTERS[:3], right="0ab7129806492f2d"),
}
