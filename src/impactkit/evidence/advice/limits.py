"""Every threshold of the advice that the verdict does not already have, with its source.

Sizes of groups, losses, likeness and structures are judged by `impactkit.evidence.rules`, series by
`impactkit.estimators.series.parts`, mixes of territories by `impactkit.estimators.synthetic.donors`: the
advice never says otherwise than the verdict will.
"""

from __future__ import annotations

# DOMAIN §2.9: the correlation of an outcome before and after, when no data tell it (project rule).
ASSUMED_CORRELATION = 0.5
# Correlations nearer to 1 than this come from few people, and would promise too much (project rule).
MOST_CORRELATION = 0.95
# Fewest people on whom a standard deviation, a share or a correlation is read: the secrecy threshold.
FEWEST_FOR_A_SPREAD = 11
# METHODS_TIME §7: dates of entry with fewer people than this are pooled.
FEWEST_PER_ENTRY = 5
# METHODS_TIME §7: with fewer people who never enter, those who have not entered yet are compared too.
FEWEST_NEVER = 20
# METHODS_TIME §7: two times before the action are needed to look at how people evolved before it.
FEWEST_BEFORE_FOR_TRENDS = 2
# Territories compared as people are: the fewest treated ones of `rules.FEWEST_TREATED_CLUSTERS`.
FEWEST_TERRITORIES = 6
# Losses are foreseen by steps of ten points, so that no small number of people can be worked out.
LOSS_STEP = 0.10
MOST_LOSS = 0.90
# A share that would tell a small count is rounded to five points, between 5 and 95 %.
SHARE_STEP = 0.05
# Pilot bandwidth of a uniform kernel: 1.843 sd n^(-1/5) (Calonico, Cattaneo & Titiunik 2014,
# Econometrica 82(6)).
PILOT_WIDTH = 1.843
# Residuals of a short series never look more alike than this (project rule).
MOST_AUTOCORRELATION = 0.9
