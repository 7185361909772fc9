"""Who is rural by INSEE's grid of density: the file as INSEE gives it, codes as files have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import impactkit as ik
from impactkit.batch.plan import plan_batch
from impactkit.errors import DataError, ProblemsError, StudyError
from impactkit.files.density import commune_of, read_density_grid
from impactkit.files.model import GridFile
from small_studies import changed, write_study, write_workbook

# Made up: the levels are not those of these communes.
SEVEN = """Grille de densité;;;
Code commune;Libellé;Niveau;Libellé du niveau
CODGEO;LIBGEO;DENS;LIBDENS
01004;Ambérieu;4;Petite ville
01005;Ambérieux;5;Bourg rural
01006;Ambléon;7;Rural à habitat très dispersé
2A004;Ajaccio;2;Centre urbain intermédiaire
2B033;Bastia;6;Rural à habitat dispersé
75056;Paris;1;Grand centre urbain
13055;Marseille;1;Grand centre urbain
69123;Lyon;1;Grand centre urbain
;;;
Source : fichier fabriqué;;;
"""
HEADER_2025 = ["CODGEO", "LIBGEO", "DENS", "LIBDENS", "DENS7"]
ROWS_2025 = [["01004", "A", 2, "", 4], ["01005", "B", 3, "", 5], ["2A004", "C", 1, "", 1]]
GRID = 'grid = { path = "grille.csv", cog = 2024 }'
# The six people of the small studies, by their commune; the last one's is not told.
CODES = ("01005", "01004", "2b033", "75112", "99999", "")


def people(codes: tuple[str, ...] = CODES) -> str:
    lines = ["dossier;groupe;age;sexe;emploi T0;emploi T6;score T0;score T6;commune"]
    for i, code in enumerate(codes, start=1):
        group = "Bénéficiaire" if i <= 3 else "Attente"
        lines.append(f"00{i};{group};34;F;Non;Oui;4;6;{code}")
    return "\n".join(lines) + "\n"


def study(
    folder: Path,
    *,
    rule: str = f'rural = {{ variable = "commune", {GRID} }}',
    files: Mapping[str, str | bytes] | None = None,
    kind: str = "text",
) -> Path:
    toml = changed(
        (
            "[[files]]\n",
            f'[variables.commune]\nlabel = "Commune"\ntype = "{kind}"\n\n[publics]\n{rule}\n\n[[files]]\n',
        ),
        ('age = "age"\n', 'age = "age"\ncommune = "commune"\n'),
    )
    held = {"suivi.csv": people(), "grille.csv": SEVEN}
    return write_study(folder, toml=toml, files=held | dict(files or {}))


def cohort(path: Path) -> ik.Cohort:
    return ik.build_cohort(ik.read_study(path), action="mobilite")


def codes_of(path: Path) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        cohort(path)
    return [problem.code for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("75101", "75056"),
        ("75120", "75056"),
        ("13201", "13055"),
        ("13216", "13055"),
        ("69381", "69123"),
        ("69389", "69123"),
        ("69390", "69390"),
        ("75056", "75056"),
        ("2a004", "2A004"),
        (" 01004 ", "01004"),
        ("97105", "97105"),
        ("Ambérieu", "Ambérieu"),
    ],
)
def test_an_arrondissement_is_its_commune(text: str, commune: str) -> None:
    assert commune_of(text) == commune


def test_people_are_rural_by_the_level_of_their_commune(tmp_path: Path) -> None:
    table = cohort(study(tmp_path)).publics(masked=False).set_index(["public", "arm"])
    everyone = table.loc[("rural", "all")]
    assert (everyone["yes"], everyone["no"], everyone["unknown"]) == (2, 2, 2)
    assert everyone["share_unknown"] == pytest.approx(1 / 3)
    assert (table.loc[("rural", "beneficiary"), "yes"], table.loc[("rural", "waiting_list"), "no"]) == (2, 1)
    assert "niveaux 5 à 7 de la grille à 7 niveaux" in everyone["definition"]
    assert "1er janvier 2024" in everyone["definition"]


def test_a_commune_that_is_not_in_the_grid_is_told_and_not_known(tmp_path: Path) -> None:
    notes = [note for note in cohort(study(tmp_path)).notes if note.code == "A-GRI-01"]
    assert [(note.file, note.column, note.rows) for note in notes] == [("suivi.csv", "commune", (6,))]
    assert "99999" not in notes[0].text()


def test_post_codes_are_refused_rather_than_left_unknown(tmp_path: Path) -> None:
    postcodes = ("01500", "01330", "01300", "01004", "20000", "")
    path = study(tmp_path, files={"suivi.csv": people(postcodes)})
    with pytest.raises(DataError) as raised:
        cohort(path)
    (problem,) = raised.value.problems
    assert (problem.code, problem.column) == ("E-GRI-03", "commune")
    assert not any(code and code in problem.text() for code in postcodes if code not in ("01004", "01500"))


@pytest.mark.parametrize(("levels", "rural"), [(7, {"01005"}), (3, {"01005"})])
def test_the_workbook_of_2025_has_both_grids_on_its_sheet_of_communes(
    tmp_path: Path, levels: int, rural: set[str]
) -> None:
    sheets = {
        "Maille EPCI": [["Code", "DENS"], ["240100750", 3]],
        "Maille communale": [["Grille de densité 2025"], [], ["Code", "Nom"], HEADER_2025, *ROWS_2025],
    }
    write_workbook(tmp_path / "grille.xlsx", sheets)
    read = read_density_grid(GridFile(path="grille.xlsx", cog=2025, levels=levels), tmp_path)
    assert {code for code, yes in read.rural.items() if yes} == rural
    assert set(read.rural) == {"01004", "01005", "2A004"}


def test_several_sheets_without_that_one_are_asked_for(tmp_path: Path) -> None:
    write_workbook(tmp_path / "grille.xlsx", {"A": [["CODGEO", "DENS"], ["01004", 5]], "B": [["x"], ["y"]]})
    with pytest.raises(DataError, match="E-FIC-08"):
        read_density_grid(GridFile(path="grille.xlsx", cog=2024), tmp_path)
    told = read_density_grid(GridFile(path="grille.xlsx", cog=2024, sheet="A"), tmp_path)
    assert told.rural == {"01004": True}


@pytest.mark.parametrize(
    ("grid", "levels", "code"),
    [
        ("CODGEO;DENS\n01004;1\n01005;3\n", 7, "E-GRI-01"),  # a grid in 3 levels: nobody would be rural
        ("CODGEO;DENS\n01004;1\n01005;4\n", 7, "E-GRI-01"),  # the grid in 4 levels of before 2022
        ("CODGEO;DENS\n01004;1\n01005;5\n", 3, "E-GRI-01"),
        ("CODGEO;DENS\n01004;\n01005;5\n", 7, "E-GRI-01"),
        ("CODGEO;DENS\n01004;8\n01005;5\n", 7, "E-GRI-01"),
        ("CODGEO;NIVEAU\n01004;1\n01005;5\n", 7, "E-GRI-02"),
        ("COMMUNE;DENS\n01004;1\n01005;5\n", 7, "E-GRI-02"),
    ],
)
def test_a_grid_that_is_not_the_one_said_is_refused(
    tmp_path: Path, grid: str, levels: int, code: str
) -> None:
    (tmp_path / "grille.csv").write_text(grid, encoding="utf-8")
    with pytest.raises(DataError) as raised:
        read_density_grid(GridFile(path="grille.csv", cog=2024, levels=levels), tmp_path)
    assert [problem.code for problem in raised.value.problems] == [code]


@pytest.mark.parametrize(
    ("public", "rule", "kind", "code"),
    [
        ("women", GRID, "text", "E-ETU-78"),
        ("rural", f'yes = ["5"], {GRID}', "text", "E-ETU-78"),
        ("rural", GRID, "number", "E-ETU-78"),
        ("rural", 'grid = { path = "grille.csv", cog = 24 }', "text", "E-ETU-79"),
        ("rural", 'grid = { path = "grille.csv" }', "text", "E-ETU-04"),
        ("rural", 'grid = { path = "grilles.csv", cog = 2024 }', "text", "E-ETU-12"),
        ("rural", 'grid = { path = "../grille.csv", cog = 2024 }', "text", "E-ETU-13"),
        ("rural", 'grid = { path = "grille.csv", cog = 2024, levels = 4 }', "text", "E-ETU-05"),
        ("rural", 'grid = { path = "grille.csv", cog = 2024, niveau = 3 }', "text", "E-ETU-03"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_with_its_place(
    tmp_path: Path, public: str, rule: str, kind: str, code: str
) -> None:
    path = study(tmp_path, rule=f'{public} = {{ variable = "commune", {rule} }}', kind=kind)
    with pytest.raises(StudyError) as raised:
        ik.read_study(path)
    assert code in [problem.code for problem in raised.value.problems]


def test_a_report_is_made_again_when_its_grid_changes(tmp_path: Path) -> None:
    path = study(tmp_path)
    made = {item.path: item.sha256 for item in cohort(path).inputs}
    assert set(made) == {"suivi.csv", "grille.csv"}
    planned = plan_batch([path]).reports[0]
    assert planned.inputs == made
    (tmp_path / "grille.csv").write_text(SEVEN.replace("01004;Ambérieu;4", "01004;Ambérieu;5"), "utf-8")
    assert plan_batch([path]).reports[0].inputs != made


def test_the_sample_shows_the_five_publics_households_and_losses() -> None:
    made = ik.build_cohort(ik.read_study(ik.sample("insertion_emploi")), action="parcours_mobilite")
    assert [note.code for note in made.notes] == ["A-GRI-01"]
    told = ik.assess(ik.did(ik.declare_design(made))).record.accounts
    assert len(told.publics) == 5
    assert all(public.share is not None and public.unknown is not None for public in told.publics)
    assert "2025" in told.publics[-1].definition.fr
    assert [home.households for home in told.households] == [110, 100]
    assert all(loss.lost is not None for loss in told.losses)
