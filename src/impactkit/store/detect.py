"""Columns that say who somebody is, or what nobody may ask without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from impactkit.files.fold import fold

Kind = Literal["nir", "caf_number", "phone", "email", "name", "birth_date", "address"]
Sensitive = Literal[
    "health", "ethnic_origin", "nationality", "religion", "political", "union", "sexuality", "biometric",
    "offences",
]  # fmt: skip

_NIR = re.compile(
    r"(?<!\d)([1-478])\s?(\d{2})\s?(0[1-9]|1[0-2]|[2-9]\d)\s?(\d{2}|2[AB])\s?(\d{3})\s?(\d{3})(?:\s?(\d{2}))?(?!\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d,.])(?:(?:\+|00)33\s?(?:\(0\))?|0)\s?[1-9](?:[\s.-]?\d{2}){4}(?![\d,])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NAME = re.compile(r"[^\W\d_][\w'’ -]*", re.UNICODE)

# Folded words of headers; a header is an identity when one of them stands in it as whole words.
_HEADERS: Mapping[Kind, str] = {
    "nir": r"nir|nss|numero de securite sociale|no de securite sociale|no secu|securite sociale|numero secu",
    "caf_number": r"(?:no|numero|num|matricule) (?:d'?)?(?:allocataire|caf|msa)|matricule caf|numallo|matric",
    "phone": r"tel|telephone|portable|mobile|gsm|tel portable|phone",
    "email": r"mail|e-mail|email|courriel|adresse mail|mel",
    "name": r"nom|noms|prenom|prenoms|nom de famille|nom de naissance|nom d'usage|nom marital"
    r"|nom d'epouse|patronyme|nom et prenom|nom prenom|surname|last name|first name|full name",
    "birth_date": r"date de naissance|date naissance|ne le|nee le|ne\(e\) le|ddn|naissance"
    r"|birth date|date of birth",
    "address": r"adresse|adresse postale|rue|voie|no et rue|address",
}
# "Nom de la structure" is not a person's name.
_NOT_A_PERSON = re.compile(
    r"structure|organisme|commune|ville|action|entreprise|employeur|etablissement|projet|association|service"
    r"|site|quartier|dispositif|formation|atelier|parcours|territoire|departement|canton|groupe|zone|produit"
)
_SENSITIVE: Mapping[Sensitive, str] = {
    "health": r"sante|health|handicap|rqth|aah|maladie|pathologie|addiction|psychiatr\w*|grossesse|enceinte"
    r"|medical\w*|invalidite|depression|vih|ald",
    "ethnic_origin": r"ethni\w+|origine ethnique|race|couleur de peau|origine geographique|pays d'origine",
    "nationality": r"nationalit\w+|pays de naissance|titre de sejour|citizenship",
    "religion": r"religi\w+|culte|confession|croyance",
    "political": r"politiques?(?! de la ville)|political",
    "union": r"syndicat|syndical\w*|syndique\w*|trade union",
    "sexuality": r"orientation sexuelle|vie sexuelle|sexual\w*|identite de genre",
    "biometric": r"biometri\w+|empreinte digitale|genetique|adn|photo",
    "offences": r"condamnation\w*|casier judiciaire|infraction\w*|en detention|detenue?|incarcer\w*|ecrou"
    r"|sous main de justice",
}
_MOST_SHARE = 0.5
_FEWEST_NAMES = 20


def is_nir(text: str) -> bool:
    """Tell whether a text holds a social security number: its form and, when there, its key.

    The key is 97 less the remainder of the 13 figures by 97; Corsica's 2A and 2B count as 19 and 18.

    Examples
    --------
    >>> is_nir("2 55 08 14 168 025 38"), is_nir("2 55 08 14 168 025 39")
    (True, False)
    """
    for found in _NIR.finditer(text):
        *body, control = found.groups()
        number = int("".join(body).upper().replace("2A", "19").replace("2B", "18"))
        if control is None or 97 - number % 97 == int(control):
            return True
    return False


def identity_in(header: str, cells: Iterable[str]) -> Kind | None:
    """Tell what identity a column holds, by its header or by its cells; ``None`` when none is seen.

    One number of social security, or one mail, in one cell is enough: free answers hold them. Phones and
    names must be most of the cells, since other figures and words look like them.

    Parameters
    ----------
    header : str
    cells : iterable of str
        Texts of the file.
    """
    by_header = _header_kind(header)
    if by_header is not None:
        return by_header
    texts = list(dict.fromkeys(cell.strip() for cell in cells if cell and cell.strip()))
    if any(_EMAIL.search(text) for text in texts):
        return "email"
    if any(is_nir(text) for text in texts):
        return "nir"
    # A phone among words is one; a column of bare figures is judged as a whole.
    with_words = [text for text in texts if any(sign.isalpha() for sign in text)]
    if any(_PHONE.search(text) for text in with_words) or _most(texts, _PHONE):
        return "phone"
    return "name" if _look_like_names(texts) else None


def _header_kind(header: str) -> Kind | None:
    words = fold(header).replace("_", " ").strip()
    if _NOT_A_PERSON.search(words):
        return None
    for kind, pattern in _HEADERS.items():
        # The header may say more ("Nom de l'allocataire"), but begins or ends with the words.
        if re.search(rf"^(?:{pattern})\b|\b(?:{pattern})$", words):
            return kind
    return None


def _most(texts: list[str], pattern: re.Pattern[str]) -> bool:
    return bool(texts) and sum(bool(pattern.fullmatch(text)) for text in texts) > _MOST_SHARE * len(texts)


def _look_like_names(texts: list[str]) -> bool:
    """Tell whether most distinct cells are one to three capitalised words: many different ones."""
    if len(texts) < _FEWEST_NAMES:
        return False
    like = [
        text
        for text in texts
        if _NAME.fullmatch(text)
        and len(text) <= 40
        and len(text.split()) <= 3
        and all(
            word[:1].isupper()
            for word in re.split(r"[\s-]+", text)
            if word and word.lower() not in ("de", "du", "la", "le")
        )
    ]
    return len(like) > 0.9 * len(texts)


def sensitive_in(*words: str) -> Sensitive | None:
    """Tell what a column asks that needs a reason: article 9 and 10 of the GDPR, or nationality.

    Parameters
    ----------
    *words : str
        Its header, the name and the labels of its variable.
    """
    for text in words:
        plain = fold(text).replace("_", " ")
        for kind, pattern in _SENSITIVE.items():
            if re.search(rf"\b(?:{pattern})\b", plain):
                return kind
    return None
