"""What `import impactkit` offers, and how light it is."""

import subprocess
import sys
from pathlib import Path

import pytest

import impactkit as ik

# The names that users, templates and later work rely on. A change here is a change of the contract:
# note it in CHANGELOG.md.
PUBLIC = {
    "Cohort", "DataError", "Design", "DesignError", "Estimate", "EstimationError", "Evidence",
    "ImpactkitError", "ParameterError", "Problem", "ReportError", "Study", "StudyError", "__version__",
    "assess", "before_after", "build_cohort", "cohort_from_frame", "compare_groups", "declare_design", "did",
    "estimate", "estimate_secondary", "fill_form", "interrupted_series", "page", "plot", "read_study",
    "run_batch", "sample", "save_evidence", "set_language", "study_schema", "synthetic_control",
    "synthetic_did", "table_schema", "write_report",
    "detectable_pre_trend", "event_study", "goodman_bacon", "honest_did", "link", "read_rsa",
    "ancova", "change_score", "expected_regression",
    "balance_many", "estimate_many",
    "discontinuity", "encouragement",
    "adjust_p", "bounds", "effect_sizes", "losses", "minimum_detectable_effect", "outcome_index",
    "pool", "sample_size", "several_outcomes", "subgroups", "time_to_event",
    "baseline_table", "doubly_robust", "make_comparable", "weight", "weight_losses",
    "match",
    "specification_curve",
    "Store", "StoreError", "create_store", "open_store", "restore_store",
    "read_table",
    "simulate",
    "teaching",
    "Advice", "advise",
    "Choice", "choose", "midterm_report",
}  # fmt: skip


def test_the_public_names_are_exactly_these():
    assert set(ik.__all__) == PUBLIC
    assert set(dir(ik)) == PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_loads_and_says_what_it_is(name):
    value = getattr(ik, name)
    assert name == "__version__" or (value.__doc__ or "").strip()


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'estimte'"):
        ik.estimte  # noqa: B018


def test_no_public_verb_carries_the_name_of_a_module():
    package = Path(ik.__file__).parent
    modules = {path.stem for path in package.rglob("*.py")} | {
        path.name for path in package.rglob("*") if path.is_dir()
    }
    verbs = {name for name in PUBLIC if callable(getattr(ik, name)) and name.islower()}
    assert verbs & modules == set()


def test_importing_impactkit_loads_no_heavy_library():
    heavy = {"numpy", "pandas", "scipy", "matplotlib", "pydantic", "papermill", "typst", "docx", "mistune"}
    heavy |= {"typer", "rich", "jinja2", "markupsafe"}
    code = f"import sys, impactkit; print(*sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_every_public_name_has_a_home_and_nothing_else():
    assert set(ik._HOMES) | set(ik._MODULES) | {"__version__"} == PUBLIC


@pytest.mark.parametrize("package", ["cohort", "evidence", "files", "html"])
def test_what_a_package_loads_on_use_is_there_and_no_module_takes_its_place(package):
    code = (
        f"import importlib, pkgutil, impactkit.{package} as package\n"
        "before = {name: getattr(package, name) for name in package.__all__}\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        "    importlib.import_module(f'{package.__name__}.{module.name}')\n"
        "assert all(getattr(package, name) is value for name, value in before.items())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
