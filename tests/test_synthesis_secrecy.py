"""An attacker who subtracts syntheses: an action from its pact, a wave or an edition from another.

The proof is by worlds: people whom an action's page hides are changed, in number and answers, and every file
of the synthesis must stay the same, byte for byte. What is the same in all worlds tells of none.
"""

import itertools

import pytest

import impactkit as ik
from impactkit.synthesis import gather, synthesis_tables, synthesise, write_synthesis
from many_records import records, write
from records import did_record, w

HIDDEN = "zz_masquee"


@pytest.fixture(scope="module")
def worlds():
    """The same action with 4, 8 and 9 people followed: its page hides all of it."""
    study = ik.read_study(ik.sample("insertion_emploi"))
    design = ik.declare_design(ik.build_cohort(study, action=study.actions[0].id))
    people = list(design.units().index)
    chosen = (people[:4], people[:8], people[-9:])
    made = [ik.assess(ik.estimate(design.only(some))).record for some in chosen]
    assert all(record.effect is None and record.n_treated is None for record in made)
    return [record.model_copy(update={"study": "etude_0_0", "action": HIDDEN}) for record in made]


def files(folder, made, language="fr"):
    """Return every byte that a synthesis of these records publishes."""
    found = synthesise(gather([write(folder / "out", made)]), by="region")
    paths = write_synthesis(found, out=folder / "s", formats=("html",), language=language)
    return {path.name: path.read_bytes() for path in paths if path.suffix != ".xlsx"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_whoever_the_hidden_people_are_the_synthesis_is_the_same(worlds, tmp_path, language):
    others = records(14, seed=4)
    published = [files(tmp_path / str(i), [*others, world], language) for i, world in enumerate(worlds)]
    assert published[0] == published[1] == published[2]


def test_two_editions_between_which_hidden_people_came_are_the_same(worlds, tmp_path):
    others = [did_record(action=f"a{i}", study="etude_0_0", title=w(f"Action {i}")) for i in range(3)]
    for i, (before, after) in enumerate(itertools.pairwise(worlds)):
        first = files(tmp_path / f"{i}a", [*others, before])
        assert files(tmp_path / f"{i}b", [*others, after]) == first


def test_a_pact_less_its_hidden_action_leaves_counts_of_measures_alone(worlds, tmp_path):
    """The subtraction itself: every average, weight and group is the same with and without the action."""
    others = records(14, seed=4)
    whole, part = (
        {
            table.key: table.rows
            for table in synthesis_tables(synthesise(gather([write(tmp_path / name, made)])), language="fr")
        }
        for name, made in (("whole", [*others, worlds[0]]), ("part", others))
    )
    assert whole["pooled"] == part["pooled"]
    assert whole["without_each"] == part["without_each"]
    left = [row for row in whole["measures"] if row not in part["measures"]]
    assert [row[1] for row in left] == [HIDDEN]
    # Its own line has words and notes: no effect, error, weight, nor anything borrowed.
    assert left[0][18:22] == (None,) * 4
    assert left[0][23:27] == (None,) * 4
    lacking = [row for row in whole["lacking"] if row not in part["lacking"]]
    assert [row[1:2] + row[4:] for row in lacking] == [(HIDDEN, None, None)]


def test_sizes_hidden_in_one_edition_are_not_given_back_by_the_other(tmp_path):
    """Between an edition that shows sizes and one that hides them, the synthesis of the second has none."""
    shown = [did_record(action=f"a{i}", conclusion="inconclusive", n_treated=40 + i) for i in range(3)]
    hidden = [record.model_copy(update={"n_treated": None}) for record in shown]
    again = [record.model_copy(update={"n_treated": None, "n_comparison": 99}) for record in shown]
    tables = [
        synthesis_tables(synthesise(gather([write(tmp_path / name, made)])), language="fr")
        for name, made in (("hidden", hidden), ("again", again))
    ]
    assert tables[0] == tables[1]
    lacking = next(table for table in tables[0] if table.key == "lacking")
    assert all(row[5] is None for row in lacking.rows)
