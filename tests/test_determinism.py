"""The same numbers in every process: to the last bit under any hash seed, to 1e-12 on any number of threads.

Threads that share a sum add its parts in another order, which may change the last digits of a product over
many people (it does for the bootstrap's); nothing of it reaches a number that is shown.
"""

import json
import os
import subprocess
import sys

import numpy as np

# Prints every number of several estimates in hexadecimal: equal text is equal bits. There are enough people
# for linear algebra to share its work between threads.
CODE = """
import json
import numpy as np
import pandas as pd
import impactkit as ik

rng = np.random.default_rng(3)
n, T = 3_000, 4
entry = np.array([2.0, 3.0, 0.0])[rng.integers(0, 3, n)]
sites = np.array([f"site {i}" for i in rng.integers(0, 60, n)], dtype=object)
frame = pd.DataFrame({
    "id": np.repeat([f"p{i}" for i in rng.permutation(n)], T), "t": np.tile(np.arange(T), n),
    "entry": np.repeat(entry, T), "site": np.repeat(sites, T),
    "sex": np.repeat(rng.choice(["f", "m", "x"], n), T), "age": np.repeat(rng.uniform(18, 60, n), T),
})
frame["y"] = rng.normal(size=n * T) + 0.1 * (frame["t"] >= frame["entry"]) + 0.01 * frame["age"]
part = frame[frame["id"].str.len() < 4]

def cohort(rows, **choices):
    return ik.cohort_from_frame(rows, unit="id", period="t", entry="entry", outcomes=["y"], **choices)

def numbers(estimate):
    effects = (estimate.effect, *estimate.path)
    found = [x for e in effects for x in (e.value, e.std_error, e.df, e.p_value)]
    found += [mean.mean for mean in estimate.means]
    if estimate.vcov is not None:
        found += [*np.ravel(estimate.vcov), estimate.band_critical()]
    return [float(value).hex() for value in found]

plain = ik.declare_design(cohort(frame))
adjusted = ik.declare_design(cohort(frame, covariates=["age", "sex"]))
sites = ik.declare_design(cohort(frame, cluster="site"))
window = ik.declare_design(cohort(frame, covariates=["age", "sex"]), window=(1, 2))
donors = part.assign(entry=np.where(part["id"] == part["id"].iloc[0], 3.0, 0.0))
territory = ik.declare_design(cohort(donors[donors["id"].isin(donors["id"].unique()[:12])]))
print(json.dumps({
    "did": numbers(ik.did(plain, aggregate="dynamic")),
    "did, bootstrap": numbers(ik.did(plain, aggregate="group", errors="bootstrap", draws=100)),
    "did, covariates": numbers(ik.did(adjusted, aggregate="dynamic")),
    "did, two times": numbers(ik.did(window)),
    "did, sites": numbers(ik.did(sites, aggregate="calendar")),
    "compare_groups": numbers(ik.compare_groups(window, adjust="lin")),
    "sun_abraham": numbers(ik.event_study(plain)),
    "sun_abraham, sites": numbers(ik.event_study(sites)),
    "twfe": numbers(ik.event_study(plain, method="twfe", errors="CR1")),
    "imputation": numbers(ik.event_study(sites, method="imputation")),
    "synthetic_control": numbers(ik.synthetic_control(territory)),
    "synthetic_did": numbers(ik.synthetic_did(territory)),
}))
"""


def run(*, seed, threads):
    threading = {f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=os.environ | threading | {"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_same_numbers_in_every_process():
    first = run(seed=0, threads=1)
    again = run(seed=1, threads=1)
    assert {name for name in first if first[name] != again[name]} == set()
    threaded = run(seed=2, threads=2)
    for name, texts in first.items():
        one, two = (np.array([float.fromhex(text) for text in found]) for found in (texts, threaded[name]))
        size = np.abs(one[np.isfinite(one)]).max()
        np.testing.assert_allclose(two, one, rtol=1e-12, atol=1e-12 * size, err_msg=name)
