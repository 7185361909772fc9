"""The course: sessions that open in JupyterLab, simulators whose truth is known, exercises that answer.

`open_session` stands at the top of each notebook; `play` draws a made world, estimates the effect and gives
the tool's own verdict beside the truth; `simulator` does it live, with sliders; `check_answer` answers an
exercise with the first difference that helps; `lesson_data` puts a sample study beside the notebook.
"""

from impactkit.teaching.copying import copy_sessions, lesson_data
from impactkit.teaching.exercises import check_answer
from impactkit.teaching.live import simulator
from impactkit.teaching.opening import open_session
from impactkit.teaching.scene import play
from impactkit.teaching.sessions import SESSIONS, Session
from impactkit.teaching.tables import compare_scenes, table
from impactkit.teaching.two_files import two_files

__all__ = [
    "SESSIONS",
    "Session",
    "check_answer",
    "compare_scenes",
    "copy_sessions",
    "lesson_data",
    "open_session",
    "play",
    "simulator",
    "table",
    "two_files",
]


def __dir__() -> list[str]:
    return list(__all__)
