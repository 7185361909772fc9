"""What a ``study.toml`` says, as frozen values.

The models below are the format: `impactkit schema` publishes them as a JSON Schema, and unknown keys are
refused. Field descriptions are in French because an editor shows them to the evaluator.
"""

from impactkit.files.model.action import Action, Funding, Indicators
from impactkit.files.model.contribution import Change, Contribution, Hypothesis, Rival
from impactkit.files.model.measure import Comparability, Duration, Outcome, Threshold
from impactkit.files.model.midterm import ActionsTable, FundingTable, IndicatorsTable, Midterm
from impactkit.files.model.retention import Protection
from impactkit.files.model.steering import ChangesFile, Decision, Span
from impactkit.files.model.study import Study, Territory
from impactkit.files.model.tables import Column, Columns, Identity, PublicRule, TableFile, Timeline, Variable
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
    "ActionsTable",
    "Anchor",
    "Arm",
    "Axis",
    "Change",
    "ChangesFile",
    "Column",
    "Columns",
    "Comparability",
    "Comparison",
    "Contribution",
    "Decision",
    "Direction",
    "Distance",
    "Duration",
    "Funding",
    "FundingTable",
    "Hypothesis",
    "Identity",
    "Indicators",
    "IndicatorsTable",
    "Kind",
    "MatchingMethod",
    "Method",
    "Midterm",
    "Outcome",
    "Profile",
    "Protection",
    "Public",
    "PublicRule",
    "Rival",
    "Slug",
    "Span",
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
