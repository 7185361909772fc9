"""A notebook that uses all that a kernel offers, for the comparison of executors."""

from __future__ import annotations

import json
from pathlib import Path

# (source, tags)
CELLS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ('study = ""\naction: str = ""\nlang = "fr"\nout = ""', ("parameters",)),
    ("import sys, os, warnings, subprocess, asyncio\nimport numpy as np\nimport pandas as pd", ()),
    ("print('un'); print('deux', file=sys.stderr); print('trois')", ()),
    ("warnings.warn('attention')", ()),
    ("from IPython.display import display, clear_output, HTML, Markdown, update_display", ()),
    ("handle = display('avant', display_id='x'); print('entre')", ()),
    ("handle.update('après'); update_display(HTML('<b>fin</b>'), display_id='x')", ()),
    ("print('disparu'); clear_output(); print('reste')", ()),
    ("print('disparu'); clear_output(wait=True); display(Markdown('*reste*'))", ()),
    ("display('disparu'); clear_output(wait=True)", ()),
    ("await asyncio.sleep(0.01); 'attendu'", ()),
    ("asyncio.get_running_loop().is_running()", ()),
    ("!echo par le shell", ()),
    ("lines = !printf 'a\\nb\\n'\nlines", ()),
    ("import time\nos.system('echo par le système'); time.sleep(0.5)", ()),
    ("_ = subprocess.run(['echo', 'par un processus']); time.sleep(0.5)", ()),
    ("os.write(1, b'par le descripteur\\n'); time.sleep(0.5)", ()),
    ("subprocess.run(['sh', '-c', 'echo erreur >&2'], stderr=subprocess.PIPE).stderr", ()),
    ("%%time\ntotal = sum(range(1000))", ()),
    ("%%capture captured\nprint('retenu'); display('retenu aussi')", ()),
    ("captured.stdout, len(captured.outputs)", ()),
    ("1 / 0", ("raises-exception",)),
    ("def f(x):\n    return g(x)\ndef g(x):\n    raise KeyError(x)\nf('é')", ("raises-exception",)),
    ("for", ("raises-exception",)),
    ("input('question ? ')", ("raises-exception",)),
    ("from getpass import getpass\ngetpass()", ("raises-exception",)),
    ("asyncio.run(print('jamais'))", ("raises-exception",)),
    ("raise SystemExit(3)", ("raises-exception",)),
    ("frame = pd.DataFrame({'nom long de colonne %d' % i: np.arange(3) * i for i in range(12)})\nframe", ()),
    ("print(frame)", ()),
    ("frame.iloc[:, 0]", ()),
    ("pd.DataFrame({'x': range(200)})", ()),
    ("'texte muet';", ()),
    ("_, __, In[-1] == _i, len(Out) > 3", ()),
    ("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3]); plt.title('été')\nplt.show()", ()),
    ("figure, axes = plt.subplots(1, 2, figsize=(6, 2))\naxes[0].bar([1, 2], [3, 4])\nfigure", ()),
    ("plt.hist(np.arange(10)); print('avant la figure')", ()),
    ("%matplotlib inline\n%config InlineBackend.figure_formats = ['png']\nplt.plot([3, 1])", ()),
    (
        "class Rich:\n    def _repr_html_(self): return '<i>é</i>'\n    def _repr_png_(self): return b'PNG'\n"
        "Rich()",
        (),
    ),
    (
        "display({'text/plain': 'brut', 'application/json': {'a': [1, None]}}, raw=True, metadata={'k': 1})",
        (),
    ),
    ("class Broken:\n    def __repr__(self): raise ValueError('illisible')\nBroken()", ("raises-exception",)),
    ("import random\n__name__, get_ipython().__class__.__name__", ()),
    ("pd.options.display.max_columns, pd.get_option('display.width'), os.environ['MPLBACKEND']", ()),
    ("print('a', end=''); print('b', end=''); sys.stdout.flush(); print('c')", ()),
    ("print('0 %\\r50 %\\r100 %')", ()),
    ("%who_ls f", ()),
    ("help(len)", ()),
    ("f?", ()),
    ("", ()),
    ("'jamais'", ("skip-execution",)),
    ("import logging; logging.warning('par le journal')", ()),
    ("%%writefile cellule.txt\ncontenu", ()),
    ("%%bash\necho bash", ()),
    ("exit_code = 1\n!false\n_exit_code", ()),
)


def write_torture(path: Path, cells: tuple[tuple[str, tuple[str, ...]], ...] = CELLS) -> Path:
    """Write the notebook."""
    written = [
        {
            "cell_type": "code",
            "id": f"c{place}",
            "metadata": {"tags": list(tags)},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for place, (source, tags) in enumerate(cells)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
