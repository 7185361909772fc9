"""What a ``study.toml`` says, as frozen values.

The models below are the format: `impactkit schema` publishes them as a JSON Schema, and unknown keys are
refused. Field descriptions are in French because an editor shows them to the evaluator.
"""

from impactkit.files.model.action import Action, Funding, Indicators
from impactkit.files.model.contribution import Change, Contribution, Hypothesis, Rival
from impactkit.files.model.measure import Comparability, Duration, Outcome, Threshold
from impactkit.files.model.retention import Protection
from impactkit.files.model.study import Study, Territory
from impactkit.files.model.tables import (
    Column,
    Columns,
    GridFile,
    Identity,
    PublicRule,
    TableFile,
    Timeline,
    Variable,
)
from impactkit.files.model.waves import FSE_WAVES, Wave
from impactkit.files.model.words import (
    ROLES,
    Anchor,
    Arm,
    Axis,
    Comparison,
    Direction,
    Distance,
    Kind,
    MatchingMethod,
    Method,
    Profile,
    Public,
    Slug,
    Text,
    TimelineRole,
    VariableKind,
    VariableType,
    WeightingMethod,
)

__all__ = [
    "FSE_WAVES",
    "ROLES",
    "Action",
    "Anchor",
    "Arm",
    "Axis",
    "Change",
    "Column",
    "Columns",
    "Comparability",
    "Comparison",
    "Contribution",
    "Direction",
    "Distance",
    "Duration",
    "Funding",
    "GridFile",
    "Hypothesis",
    "Identity",
    "Indicators",
    "Kind",
    "MatchingMethod",
    "Method",
    "Outcome",
    "Profile",
    "Protection",
    "Public",
    "PublicRule",
    "Rival",
    "Slug",
    "Study",
    "TableFile",
    "Territory",
    "Text",
    "Threshold",
    "Timeline",
    "TimelineRole",
    "Variable",
    "VariableKind",
    "VariableType",
    "Wave",
    "WeightingMethod",
]
