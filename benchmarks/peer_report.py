"""The report that people write today with seaborn and statsmodels: the notebook that batches are timed on.

The same data and content as impactkit's report of the action ``parcours_mobilite`` of the shipped sample: who
is followed, how alike the groups are, the effect by differences in differences with clustered errors, by
subgroup, three figures, and French text. ``write_peer`` writes it as a notebook.
"""

from __future__ import annotations

import json
from pathlib import Path

CELLS = (
    ("markdown", "# Parcours mobilité vers l'emploi\n\nCe rapport suit les personnes accompagnées.", ()),
    ("code", 'folder: str = ""\naction: str = ""', ("parameters",)),
    (
        "code",
        "import numpy as np\nimport pandas as pd\nimport matplotlib.pyplot as plt\nimport seaborn as sns\n"
        "import statsmodels.formula.api as smf\nsns.set_theme(style='whitegrid')",
        (),
    ),
    (
        "code",
        "entry = pd.read_csv(f'{folder}/data/mobilite_entree.csv', sep=';', encoding='cp1252', dtype=str)\n"
        "after = pd.read_csv(f'{folder}/data/mobilite_6mois.csv', sep=';', encoding='utf-8-sig', dtype=str)\n"
        "def number(texts):\n"
        "    plain = texts.str.replace(r'[^0-9,.-]', '', regex=True).str.replace(',', '.')\n"
        "    return pd.to_numeric(plain, errors='coerce')\n"
        "entry = entry.rename(columns={'N° dossier': 'id', 'Groupe': 'group', 'Âge': 'age', 'Sexe': 'sex',\n"
        "    'Ancienneté RSA (mois)': 'months', 'Permis B': 'licence', 'Situation': 'work0',\n"
        "    \"Revenu d'activité (€)\": 'income0', 'Confiance (0 à 10)': 'trust0'})\n"
        "after = after.rename(columns={'Numero_dossier': 'id', 'En_emploi': 'work1',\n"
        "    'Revenu_mensuel_net': 'income1', 'Score_confiance': 'trust1'})\n"
        "data = entry.drop_duplicates('id').merge(after.drop_duplicates('id'), on='id', how='left')\n"
        "data['treated'] = (data['group'] == 'Bénéficiaire').astype(int)\n"
        "data['work0'] = (data['work0'] == 'En emploi').astype(float)\n"
        "data['work1'] = (data['work1'] == 'OUI').astype(float)\n"
        "for name in ('age', 'months', 'income0', 'income1', 'trust0', 'trust1'):\n"
        "    data[name] = number(data[name])\n"
        "data.groupby('group').agg(people=('id', 'size'), seen=('income1', 'count'))",
        (),
    ),
    ("markdown", "## Les groupes se ressemblaient-ils ?", ()),
    (
        "code",
        "names = ['age', 'months', 'work0', 'income0', 'trust0']\n"
        "means = data.groupby('treated')[names].agg(['mean', 'std']).T.unstack()\n"
        "balance = pd.DataFrame({'attente': means[0]['mean'], 'action': means[1]['mean'],\n"
        "    'écart': (means[1]['mean'] - means[0]['mean'])\n"
        "    / np.sqrt((means[1]['std'] ** 2 + means[0]['std'] ** 2) / 2)}).round(2)\nbalance",
        (),
    ),
    (
        "code",
        "sns.displot(data=data, x='income0', hue='group', kind='hist', bins=20, height=4, aspect=1.6)\n"
        "plt.xlabel(\"Revenu d'activité à l'entrée (€)\")\nplt.show()",
        (),
    ),
    ("markdown", "## L'effet de l'action", ()),
    (
        "code",
        "long = pd.wide_to_long(data[['id', 'treated', 'sex', 'licence', 'work0', 'work1', 'income0',\n"
        "    'income1', 'trust0', 'trust1']], ['work', 'income', 'trust'], i='id', j='t').reset_index()\n"
        "long = long.dropna()\nlong['person'] = long['id'].astype('category').cat.codes\n"
        "model = smf.ols('work ~ treated * t', long).fit(\n"
        "    cov_type='cluster', cov_kwds={'groups': long['person']})\nmodel.summary()",
        (),
    ),
    (
        "code",
        "plt.figure(figsize=(7, 4))\n"
        "sns.lineplot(data=long, x='t', y='work', hue='treated', marker='o', seed=0)\n"
        "plt.ylabel('Part en emploi')\nplt.show()",
        (),
    ),
    (
        "code",
        "rows = []\n"
        "for outcome in ('work', 'income', 'trust'):\n"
        "    fit = smf.ols(f'{outcome} ~ treated * t', long).fit(\n"
        "        cov_type='cluster', cov_kwds={'groups': long['person']})\n"
        "    low, high = fit.conf_int().loc['treated:t']\n"
        "    rows.append((outcome, fit.params['treated:t'], low, high, fit.pvalues['treated:t']))\n"
        "for column in ('sex', 'licence'):\n"
        "    for value, part in long.groupby(column):\n"
        "        fit = smf.ols('work ~ treated * t', part).fit(\n"
        "            cov_type='cluster', cov_kwds={'groups': part['person']})\n"
        "        low, high = fit.conf_int().loc['treated:t']\n"
        "        rows.append((value, fit.params['treated:t'], low, high, fit.pvalues['treated:t']))\n"
        "effects = pd.DataFrame(rows, columns=['résultat', 'effet', 'bas', 'haut', 'p'])\neffects.round(3)",
        (),
    ),
    (
        "code",
        "figure, axes = plt.subplots(figsize=(7, 3.5))\nshown = effects[effects['effet'].abs() < 5]\n"
        "axes.errorbar(shown['effet'], range(len(shown)),\n"
        "    xerr=[shown['effet'] - shown['bas'], shown['haut'] - shown['effet']], fmt='o')\n"
        "axes.set_yticks(range(len(shown)), shown['résultat'])\naxes.axvline(0, color='grey')\n"
        "axes.set_title(f'Effets estimés : {action}')\nplt.show()",
        (),
    ),
    ("markdown", "## Limites\n\nLes groupes n'ont pas été tirés au sort.", ()),
)


def write_peer(path: Path) -> Path:
    """Write the notebook."""
    cells = [
        {"cell_type": kind, "id": f"c{rank}", "metadata": {"tags": list(tags)}, "source": source}
        | ({"outputs": [], "execution_count": None} if kind == "code" else {})
        for rank, (kind, source, tags) in enumerate(CELLS)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
    return path
