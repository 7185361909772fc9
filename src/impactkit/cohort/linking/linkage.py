"""Linking two files of people without a common identifier."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd

from impactkit.cohort.linking.candidates import candidate_pairs
from impactkit.cohort.linking.compare import Floats, compare
from impactkit.cohort.linking.decide import Bools, Pairs, automatic, best_of_row, judged
from impactkit.cohort.linking.fields import Codes, Fields, Texts, coded_text, dates_of, names_of
from impactkit.cohort.linking.weights import log_odds
from impactkit.cohort.linking.with_splink import splink_pairs
from impactkit.disclosure.discreet import discreet

Backend = Literal["impactkit", "splink"]


def link(
    left: pd.DataFrame,
    right: pd.DataFrame,
    *,
    last_name: str,
    first_name: str,
    birth_date: str,
    sex: str | None = None,
    postcode: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    threshold: float = 0.9,
    backend: Backend = "impactkit",
) -> pd.DataFrame:
    """Find the rows of two files that are one person, with the probability that they are.

    Names are compared without case, accents, signs and particles, whole or in part, swapped or not; dates
    with day and month turned or one part wrong; phones by their nine last digits. Each agreement counts for
    what it is worth in these files (`impactkit.cohort.linking.weights`): a rare name more than a common one,
    a household's phone no more than "one of the household". Then each row is linked once at most, the most
    probable links first.

    Parameters
    ----------
    left, right : DataFrame
        One row per person in each; left unchanged.
    last_name, first_name, birth_date : str
        Columns present in both. Dates are dates, or texts with the day first (or the year first).
    sex, postcode, phone, email : str, optional
        Columns present in both.
    threshold : float
        The least probability of a link that is returned.
    backend : {"impactkit", "splink"}
        What finds pairs and weighs them. Splink (``pip install "impactkit[splink]"``) compares in a
        database: faster beyond a few hundred thousand rows, with more memory and a lower recall; what is
        automatic is decided alike from either.

    Returns
    -------
    DataFrame
        One row per link, in the order of ``left``: ``left`` and ``right`` (positions of the rows, from 0),
        ``score`` (probability that they are one person) and ``status``. ``"auto"``: at least 99 %, well ahead
        of any other link of either row, and neither first name nor date of birth contradicts it; a row has
        one at most. ``"review"``: somebody must decide; homonyms and a row that two others could be are never
        linked automatically, and a second record of a person already linked is for review.

    Raises
    ------
    ValueError
        When a column is missing from a file, ``threshold`` is not between 0 and 1, or ``backend`` is another.
    DataError
        E-LIE-04 when Splink is not installed, E-LIE-05 when it cannot learn from these files.

    References
    ----------
    Fellegi & Sunter (1969), *JASA* 64(328).

    Examples
    --------
    >>> import pandas as pd
    >>> names = {"last_name": "nom", "first_name": "prenom", "birth_date": "ne_le"}
    >>> before = pd.DataFrame({"nom": ["N'Diaye", "Le Goff"], "prenom": ["Léa", "Yann"],
    ...                        "ne_le": ["03/04/1985", "21/12/1990"]})
    >>> after = pd.DataFrame({"nom": ["LEGOFF", "NDIAYE"], "prenom": ["YANN", "LEA"],
    ...                       "ne_le": ["21/12/1990", "04/03/1985"]})
    >>> link(before, after, **names)[["left", "right", "status"]].values.tolist()
    [[0, 1, 'auto'], [1, 0, 'auto']]
    """
    if backend not in get_args(Backend):
        raise ValueError(f"backend is {backend!r}: expected one of {', '.join(get_args(Backend))}")
    if not 0 <= threshold <= 1:
        raise ValueError("threshold is a probability: between 0 and 1")
    columns = [last_name, first_name, birth_date, sex, postcode, phone, email]
    for name, frame in (("left", left), ("right", right)):
        missing = [column for column in columns if column is not None and column not in frame.columns]
        if missing:
            raise ValueError(f"columns not in {name}: {', '.join(map(repr, missing))}")
    if left.empty or right.empty:
        return _links(*(np.empty(0, dtype=kind) for kind in (np.intp, np.intp, float, bool)))
    fields = _fields(left, right, last_name, first_name, birth_date, sex, postcode, phone, email)
    pairs = _pairs_by_splink(fields) if backend == "splink" else _pairs(fields)
    score = 1 / (1 + np.exp(-np.clip(pairs.odds, -700, 700)))
    pairs, score = pairs.keep(score >= threshold), score[score >= threshold]
    sure = automatic(pairs)
    of_left, of_right = (best_of_row(rows, pairs.odds) for rows in (pairs.left, pairs.right))
    # Splink makes two of one household probable: only pairs that are the best of both their rows are shown.
    best = of_left & of_right if backend == "splink" else of_left | of_right
    shown = sure | pairs.same | best
    return _links(pairs.left[shown], pairs.right[shown], score[shown], sure[shown])


def _pairs(fields: Fields) -> Pairs:
    rows = candidate_pairs(fields)
    compared = compare(fields, *rows)
    return judged(compared, *rows, log_odds(fields, compared, *rows))


def _pairs_by_splink(fields: Fields) -> Pairs:
    left, right, odds = splink_pairs(fields)
    return judged(compare(fields, left, right), left, right, odds)


def _links(left: Codes, right: Codes, score: Floats, sure: Bools) -> pd.DataFrame:
    return discreet(
        pd.DataFrame(
            {
                "left": left.astype(np.intp),
                "right": right.astype(np.intp),
                "score": score,
                "status": np.where(sure, "auto", "review").astype(object),
            }
        )
    )


def _fields(
    left: pd.DataFrame,
    right: pd.DataFrame,
    last_name: str,
    first_name: str,
    birth_date: str,
    sex: str | None,
    postcode: str | None,
    phone: str | None,
    email: str | None,
) -> Fields:
    def both(name: str) -> pd.Series:
        return pd.concat([left[name], right[name]], ignore_index=True)

    def coded(name: str | None, *, digits: bool = False) -> tuple[Codes | None, Texts]:
        return coded_text(both(name), phone=digits) if name is not None else (None, np.empty(0, dtype=object))

    last, first = names_of((both(last_name), both(first_name)))
    year, month, day = dates_of(both(birth_date))
    (postcodes, postcode_texts), (phones, phone_texts) = coded(postcode), coded(phone, digits=True)
    return Fields(
        n_left=len(left),
        last=last,
        first=first,
        year=year,
        month=month,
        day=day,
        sex=coded(sex)[0],
        postcode=postcodes,
        phone=phones,
        email=coded(email)[0],
        postcodes=postcode_texts,
        phones=phone_texts,
    )
