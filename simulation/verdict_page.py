"""The page of the verdict's simulation, written from counts alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import get_args

from situations import Situation
from verdict_bars import CLAIMED, Bar, Counted, Measure, bars, grouped
from verdict_tally import Tally, total

from impactkit.evidence.record import Attribution

SAID = {
    "attributable": "imputable",
    "probably_attributable": "probablement",
    "change_not_attributed": "changement observé",
    "inconclusive": "non concluant",
    "no_meaningful_effect": "pas d'effet",
    "adverse_effect": "défavorable",
}
KINDS: tuple[str, ...] = get_args(Attribution)
# A check sees what goes wrong when it calls for caution that much more often than where nothing does.
_SEES = 0.10


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """How the counts were obtained."""

    date: str
    command: str
    version: str


_HEAD = """\
# Que dit le verdict, quand la vérité est connue ?

Page écrite par la commande, à ne pas corriger à la main :

```
{command}
```

{worlds} mondes, {situations} situations, le {date} ; code {version}. Chaque monde est une cohorte inventée
(`ik.simulate`), déclarée, estimée et jugée comme le ferait un évaluateur. Analyses et mondes sont dans
`simulation/analyses.py` et `simulation/situations.py`. Effets et biais sont comptés en plus petits effets
utiles (0,3 écart-type ; 12 points pour oui/non ; 1 écart-type mensuel pour un territoire).

## Les barres

« Au bruit près » : le taux passe la barre, mais son intervalle à 95 % (Clopper et Pearson) l'atteint.

{bars}

## Où une barre est manquée

{missed}

## Quand les hypothèses tiennent

En % des mondes. Pour un effet de 0, 1 ou 2 plus petits effets utiles : « imputable » + « probablement », et
entre parenthèses la part où l'intervalle seul est favorable ; l'écart est ce que coûtent les règles.

{hold}

## Quand quelque chose ne va pas

En % des mondes, toutes tailles ensemble. « Vu par » : les contrôles qui émettent une réserve ou échouent au
moins 10 points plus souvent que quand les hypothèses tiennent (entre parenthèses), mêmes analyse et tailles.

{wrong}

## Ce que répondent les contrôles quand les hypothèses tiennent

En % des mondes où la question se pose. Un contrôle qui compare une taille à une limite (ressemblance, pertes,
personnes) n'a pas de niveau nominal : ce tableau dit ce qu'il coûte.

{answers}
"""


def page(results: Iterable[Counted], run: Run) -> str:
    """Write the page in Markdown."""
    counted = list(results)
    held = bars(counted)
    sizes = ("analyse", "taille", "couverture", "sans effet", "effet de 1", "effet de 2")
    wrongs = ("ce qui ne va pas", "analyse", "effet", "biais", "biais mesuré")
    return _HEAD.format(
        command=run.command,
        date=run.date,
        version=run.version,
        worlds=_number(sum(tally.worlds for _, tally in counted)),
        situations=len(counted),
        bars=_table(
            ("promesse", "lieux", "le plus loin de la barre", "taux", "au bruit près", "manquée"),
            map(_bar_row, held),
        ),
        missed="\n".join(_missed(held)),
        hold=_table(
            (*sizes, "pas d'effet (0)", "pas d'effet (1)", "sans réponse"), _where_assumptions_hold(counted)
        ),
        wrong=_table(
            (*wrongs, *(SAID.get(one, one) for one in KINDS), "vu par"), _where_something_goes_wrong(counted)
        ),
        answers=_table(("contrôle", "analyse", "bon", "réserve", "échec", "non mené"), _answers(counted)),
    )


def _bar_row(bar: Bar) -> tuple[str, ...]:
    if not bar.measures:
        return (bar.promise, "0", "non mesurée", "", "", "")
    worst = max(bar.measures, key=_excess)
    states = [one.state for one in bar.measures]
    return (
        bar.promise,
        str(len(states)),
        worst.where,
        f"{_percent(worst.rate)} de {_number(worst.worlds)}",
        str(states.count("au bruit près")),
        str(states.count("manquée")),
    )


def _excess(measure: Measure) -> float:
    """How far beyond its bound a rate lies; negative inside. A bound of 0 or 1 bounds nothing."""
    above = measure.rate - measure.most if measure.most < 1 else -1.0
    below = measure.least - measure.rate if measure.least > 0 else -1.0
    return max(above, below)


def _missed(held: Sequence[Bar]) -> Iterator[str]:
    """Yield each bar missed: where, by how much, and what checks answered in the worlds that it is about."""
    if not any(bar.missed for bar in held):
        yield "Nulle part."
    for bar in held:
        if bar.missed:
            yield f"- {bar.promise} :"
        for one in bar.missed:
            low, high = one.interval
            yield (
                f"  - {one.where} : {_percent(one.rate)} de {_number(one.worlds)} ({_percent(low)} à "
                f"{_percent(high)}){_told(one.among)}"
            )


def _told(tally: Tally) -> str:
    """Write what checks answered in the worlds said the action's doing, when they call for caution."""
    claims = sum(tally.said[one] for one in CLAIMED)
    reserves = [
        f"{check} {_percent(tally.status(check, 'caution', 'fail', 'not_run', said=CLAIMED) / claims)}"
        for check in tally.checks
        if claims and tally.status(check, "caution", "fail", "not_run", said=CLAIMED)
    ]
    if not claims:
        return ""
    return (
        f" ; réserves dans ces mondes « imputable » ou « probablement » : {', '.join(reserves) or 'aucune'}"
    )


def _where_assumptions_hold(counted: Sequence[Counted]) -> Iterator[tuple[str, ...]]:
    cells: dict[tuple[str, int], dict[float, Tally]] = {}
    for situation, tally in counted:
        if not situation.wrong:
            cells.setdefault((situation.analysis, situation.size), {})[situation.effect] = tally
    for (analysis, size), by_effect in cells.items():
        whole = total(by_effect.values())
        yield (
            analysis,
            _number(size),
            _share(whole.held, whole.answered),
            *(_claimed(by_effect.get(effect, Tally())) for effect in (0.0, 1.0, 2.0)),
            *(_part(by_effect.get(effect, Tally()), "no_meaningful_effect") for effect in (0.0, 1.0)),
            _share(whole.refused.total(), whole.worlds),
        )


def _claimed(tally: Tally) -> str:
    shares = [_share(tally.said[one], tally.worlds) for one in CLAIMED]
    return f"{' + '.join(shares)} ({_share(tally.concluded['improvement'], tally.worlds)})"


def _where_something_goes_wrong(counted: Sequence[Counted]) -> Iterator[tuple[str, ...]]:
    usual = grouped((one for one in counted if not one[0].wrong), _usual)
    cells: dict[tuple[str, str, float, float], list[Counted]] = {}
    for situation, tally in counted:
        if situation.wrong:
            name = (situation.wrong, situation.analysis, situation.effect, situation.strength)
            cells.setdefault(name, []).append((situation, tally))
    for (wrong, analysis, effect, bias), cell in cells.items():
        tally = total(one for _, one in cell)
        alike = total(usual[name] for name in {_usual(one) for one, _ in cell} if name in usual)
        yield (
            wrong if cell[0][0].visible else f"{wrong} (rien ne le montre)",
            analysis,
            _plain(effect),
            _plain(bias),
            _plain(round(tally.error / max(tally.answered, 1), 1)),
            *(_part(tally, one) for one in KINDS),
            ", ".join(_seers(tally, alike)) or "rien",
        )


def _usual(situation: Situation) -> str:
    return f"{situation.analysis}|{situation.size}"


def _seers(tally: Tally, alike: Tally) -> Iterator[str]:
    for check in tally.checks:
        seen, usual = (_reserve(one, check) for one in (tally, alike))
        if seen >= usual + _SEES:
            yield f"{check} {_percent(seen)} ({_percent(usual)})"


def _reserve(tally: Tally, check: str) -> float:
    """Return the share of worlds where a check calls for caution or fails, of those where it arises."""
    return tally.status(check, "caution", "fail") / max(tally.status(check), 1)


def _answers(counted: Sequence[Counted]) -> Iterator[tuple[str, ...]]:
    by_analysis = grouped((one for one in counted if not one[0].wrong), lambda one: one.analysis)
    checks = dict.fromkeys(check for tally in by_analysis.values() for check in tally.checks)
    for check in checks:
        for analysis, tally in by_analysis.items():
            asked = tally.status(check)
            if asked and tally.status(check, "ok") < asked:
                statuses = ("ok", "caution", "fail", "not_run")
                yield (check, analysis, *(_share(tally.status(check, one), asked) for one in statuses))


def _part(tally: Tally, attribution: str) -> str:
    return _share(tally.said[attribution], tally.worlds)


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.0f}" if of else "–"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %".replace(".", ",")


def _number(n: int) -> str:
    return f"{n:,}".replace(",", " ")


def _plain(x: float) -> str:
    return f"{x:g}".replace(".", ",").replace("-", "−")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in (head, *rows)]
    return "\n".join([lines[0], "|---" * len(head) + "|", *lines[1:]])
