"""Group-time effects that take covariates into account, each by `change` or `change_between`.

References
----------
Callaway & Sant'Anna (2021), *J. of Econometrics* 225(2). R's did (version 2.5.1) computes the same.
"""

from __future__ import annotations

import numpy as np

from impactkit.errors import EstimationError
from impactkit.estimators.inference.influence import Influence
from impactkit.estimators.inference.linear import Codes, Floats
from impactkit.estimators.panel.change import ChangeMethod, change_effect
from impactkit.estimators.panel.change_between import change_between
from impactkit.estimators.panel.group_time import GroupTime, Plan


def adjusted_group_time(
    *,
    Y: Floats,
    cohort: Codes,
    weights: Floats,
    X: Floats,
    plan: Plan,
    method: ChangeMethod,
    raised: bool = False,
) -> tuple[GroupTime, int]:
    """Compute the effects that take covariates into account.

    When everyone is seen at all periods, the changes of people are compared; else, the rows at both periods.

    An effect that cannot be adjusted (too few people, columns redundant among them, no overlap) is left out.

    Parameters
    ----------
    Y, cohort, weights, plan
        As in `group_time.plain_group_time`.
    X : (T, n, p) array, or (1, n, p)
        Without a constant. A change takes the covariates at the earlier of its two periods, a row those of
        its own; they may be NaN where the outcome is.
    method : {"dr", "ipw", "reg"}
    raised : bool
        As `change.change_effect`.

    Returns
    -------
    GroupTime, int
        And how many of those compared were set aside, as almost only beneficiaries resemble them.

    Raises
    ------
    EstimationError
        When no effect can be adjusted: the reason for the last one.
    """
    n, n_cells, n_groups = len(Y), plan.group.size, plan.entries.size
    att, psi = np.zeros(n_cells), np.zeros((n, n_cells + n_groups))
    columns = np.concatenate([np.ones((*X.shape[:2], 1)), X], axis=2)
    n_treated, n_compared = np.zeros(n_cells, dtype=np.intp), np.zeros(n_cells, dtype=np.intp)
    set_aside = np.zeros(n, dtype=bool)
    kept = plan.is_reference
    known = ~np.isnan(Y)
    whole = bool(known.all())
    failure: EstimationError | None = None
    for c in range(n_cells):
        t, b = int(plan.period[c]), int(plan.base[c])
        treated, compared = cohort == plan.group[c], plan.compared[c, cohort]
        n_treated[c] = min(int((treated & known[:, at]).sum()) for at in (t, b))
        n_compared[c] = min(int((compared & known[:, at]).sum()) for at in (t, b))
        if t == b:
            continue
        if whole:
            people = np.flatnonzero(treated | compared)
        else:
            both = (treated | compared)[:, None] & known[:, [t, b]]
            people, later = np.nonzero(both)
        try:
            if whole:
                effect = change_effect(
                    change=Y[people, t] - Y[people, b],
                    treated=treated[people],
                    X=columns[min(t, b) if len(X) > 1 else 0, people],
                    weights=weights[people],
                    method=method,
                    raised=raised,
                )
            else:
                times = np.array([t, b])[later]
                effect = change_between(
                    y=Y[people, times],
                    post=times == t,
                    treated=treated[people],
                    X=columns[times if len(X) > 1 else 0, people],
                    weights=weights[people],
                    method=method,
                    raised=raised,
                )
        except EstimationError as error:
            failure = error
            continue
        kept[c] = True
        att[c] = effect.value
        psi[:, c] = np.bincount(people, weights=effect.influence * (n / people.size), minlength=n)
        set_aside[people[effect.set_aside]] = True
    if failure is not None and not (kept & ~plan.is_reference).any():
        raise failure
    shares = np.bincount(cohort, weights=weights, minlength=n_groups) / n
    psi[:, n_cells:] = weights[:, None] * (cohort[:, None] == np.arange(n_groups)) - shares
    if not kept.all():
        psi = psi[:, np.concatenate([kept, np.ones(n_groups, dtype=bool)])]
    found = GroupTime(
        plan=plan.keep(kept),
        att=att[kept],
        shares=shares,
        n_treated=n_treated[kept],
        n_compared=n_compared[kept],
        influence=Influence(parts=((psi, np.eye(psi.shape[1])),), n=n, rows=(np.arange(n),)),
    )
    return found, int(set_aside.sum())
