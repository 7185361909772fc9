"""What the display of a batch says of its pace."""

import datetime as dt

from impactkit.batch import Progress
from impactkit.batch.manifest import study_row
from impactkit.cli.progress import Pace
from impactkit.text import set_language

ROW = study_row("pacte", title="Pacte", lang="fr", reason="", error_class="")


def step(finished, *, row=ROW, skipped=0, failed=0):
    return Progress(total=100, finished=finished, failed=failed, row=row, skipped=skipped)


def test_the_pace_is_counted_from_the_first_report_not_from_the_reading_of_studies():
    set_language("fr")
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    now[0] = 60.0  # the studies are read
    assert pace.told(step(0, row=None)) == ""
    now[0] = 90.0  # and judged together
    assert pace.told(step(40, row=None, skipped=40)) == ""
    now[0] = 100.0
    said = pace.told(step(50, skipped=40))
    assert "60" in said
    assert str(dt.timedelta(seconds=50)) in said
    assert "1 " in pace.told(step(51, skipped=40, failed=1))
