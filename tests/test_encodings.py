"""Encodings and separators told from the bytes alone: hand-made cases, then 300 made files."""

import csv
import io
import random
from pathlib import Path

import pytest

from impactkit.errors import DataError
from impactkit.files.reading.decode import decode, repaired
from impactkit.files.reading.raw import read_raw

# Each with the encodings under which its bytes must give it back.
OLD = ("cp1252", "iso-8859-15", "mac_roman", "cp850")
HAND = [
    ("Nom;Âge\nÉloïse;34\n", ("utf-8", "utf-8-sig", "utf-16", *OLD)),
    ("Nom;Ville\nDupré;Orléans\n", ("utf-8", *OLD)),
    ("Nom;Montant\nZoé;12,50 €\n", ("cp1252", "iso-8859-15", "mac_roman")),
    ("Nom;Note\nLebœuf;à revoir\n", ("cp1252", "iso-8859-15", "mac_roman")),
    ("Nom;Note\nD’Arc;« suivi »\n", ("cp1252", "mac_roman")),
    ("NOM;N°\nGARÇON;1\n", ("cp1252", "mac_roman")),
]
NAMES = {
    "fr": "Lefèvre Hélène Gérard François Thérèse Mélanie Dupré Benoît Noël Anaïs Zoé Jérôme Bérénice Maël "
    "Loïc Desprès Gaëlle Côme Rémi Léa Cécile Irène Josué Maëlys "
    "Sébastien Agnès Beauprêtre Châtelain",
    "pt": "João Gonçalves Conceição Inês António Luís Magalhães Assunção",
    "es": "Muñoz Núñez Martínez Peña Ibáñez José Ramón",
    "de": "Müller Schröder Jäger Größe Günther",
    "plain": "Martin Durand Petit Moreau Robert Simon Laurent Michel Garcia Nguyen Diallo Traore",
}
TOWNS = [
    "Orléans",
    "Besançon",
    "Saint-Étienne",
    "Nîmes",
    "Béziers",
    "Évreux",
    "Mâcon",
    "Auch",
    "Foix",
    "Lille",
]
NOTES = [
    "à revoir",
    "suivi terminé",
    "RAS",
    "",
    "l'été",
    "reçu à l’agence",
    "dossier n° 3",
    "clôturé",
    "12,50 €",
]


def cases():
    for text, encodings in HAND:
        for encoding in encodings:
            yield pytest.param(text, encoding, id=f"{text.split(';')[1][:12]!r}-{encoding}")


@pytest.mark.parametrize(("text", "encoding"), list(cases()))
def test_hand_made_cases(text: str, encoding: str) -> None:
    decoded = decode(text.encode(encoding), name="f")
    assert decoded.text == text
    assert not decoded.spoilt


def test_there_are_twenty_two_hand_made_cases() -> None:
    assert len(list(cases())) == 22


def made_file(draw: random.Random) -> tuple[list[list[str]], str, str]:
    """Return rows, an encoding that has all their signs, and a separator."""
    foreign = draw.choice(["fr", "fr", "fr", "pt", "es", "de"])
    upper, without = draw.random() < 0.2, draw.random() < 0.3
    rows = (
        [["N° dossier", "Nom", "Prénom", "Ville", "Note"]] if not without else [["id", "nom", "p", "v", "n"]]
    )
    for i in range(draw.choice([2, 5, 30, 300])):
        pool = NAMES[foreign if draw.random() < 0.3 else draw.choice(["fr", "plain"])].split()
        row = [f"{i:04d}", draw.choice(pool), draw.choice(pool), draw.choice(TOWNS), draw.choice(NOTES)]
        rows.append([cell.upper() for cell in row] if upper else row)
    encoding = draw.choice(["utf-8", "utf-8-sig", "utf-16", *OLD, "cp1252", "cp1252"])
    rows = [[cell.encode(encoding, "ignore").decode(encoding) for cell in row] for row in rows]
    return rows, encoding, draw.choice(";,\t|")


def test_three_hundred_made_files() -> None:
    draw = random.Random(20260301)
    right = 0
    for _ in range(300):
        rows, encoding, delimiter = made_file(draw)
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter).writerows(rows)
        try:
            right += decode(buffer.getvalue().encode(encoding), name="f").text == buffer.getvalue()
        except DataError:
            continue
    assert right >= 298


def test_separators_of_made_files(tmp_path: Path) -> None:
    draw = random.Random(20260302)
    for i in range(60):
        rows, encoding, delimiter = made_file(draw)
        path = tmp_path / f"{i}.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows(rows)
        table = read_raw(path)
        assert table.delimiter == delimiter
        assert table.frame.to_numpy().tolist() == rows[1:]


def test_utf16_without_a_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes("Nom;Âge\nÉloïse;34\n".encode("utf-16-le"))
    assert read_raw(path).encoding == "utf-16-le"


def test_spoilt_accents_are_repaired_when_asked() -> None:
    text = "Nom;Note\nÉloïse;l’été à Orléans\nZoé;ÀÉ\n"
    decoded = decode(_spoilt(text).encode(), name="f")
    assert decoded.spoilt
    assert repaired(decoded).text == text


def _spoilt(text: str) -> str:
    """Read the UTF-8 bytes as Windows does; the five bytes it has no sign for pass as they are."""
    return "".join(
        bytes([byte]).decode("cp1252") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in text.encode()
    )


def test_encoding_given_is_followed_or_refused() -> None:
    data = "Nom\nZoé\n".encode("cp850")
    assert decode(data, name="f", encoding="cp850").text == "Nom\nZoé\n"
    with pytest.raises(DataError) as caught:
        decode(b"Nom\nZo\xe9\n", name="f", encoding="utf-8")
    assert caught.value.problems[0].code == "E-ENC-02"
