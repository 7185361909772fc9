"""The words of the format, and what every part of it is made of."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from impactkit.text import Label

Kind = Literal["cls", "pacte"]
Axis = Literal["childhood", "employment", "access_to_rights", "green_transition"]
Public = Literal["children", "women", "single_parents", "working_poor", "rural"]
Arm = Literal[
    "beneficiary",
    "randomised",
    "waiting_list",
    "neighbouring_territory",
    "non_takers",
    "refused",
    "ineligible",
    "external",
]
Comparison = Literal[
    "none",
    "never_treated",
    "not_yet_treated",
    "randomised",
    "waiting_list",
    "neighbouring_territory",
    "non_takers",
    "refused",
    "ineligible",
    "external",
]
Method = Literal[
    "before_after",
    "compare_groups",
    "did",
    "event_study",
    "doubly_robust",
    "discontinuity",
    "encouragement",
    "interrupted_series",
    "time_to_event",
]
MatchingMethod = Literal["nearest", "optimal", "full", "exact", "coarsened", "cardinality", "subclass"]
WeightingMethod = Literal["logit", "entropy", "cbps"]
Distance = Literal["logit", "probit", "linear_logit", "mahalanobis", "robust_mahalanobis"]
VariableType = Literal["number", "boolean", "category", "text", "date"]
VariableKind = Literal["count", "ordinal"]
Direction = Literal["increase", "decrease"]
Profile = Literal[
    "pilotactions", "diffusion", "diffusion-arrondie", "interne-10", "partenaire-5", "entreprises"
]
Anchor = Literal["entry", "exit", "calendar"]
TimelineRole = Literal["unit", "action", "kind", "date", "start", "end", "reason"]

# What a column can be apart from a variable of the study.
ROLES = (
    "unit",
    "wave",
    "month",
    "arm",
    "entry",
    "exit",
    "answered",
    "birth",
    "household",
    "cluster",
    "weight",
)


def _as_label(value: object) -> object:
    if isinstance(value, str):
        return Label(fr=value, en=value)
    if (
        isinstance(value, dict)
        and set(value) == {"fr", "en"}
        and all(isinstance(v, str) for v in value.values())
    ):
        return Label(**value)
    return value


Text = Annotated[
    Label,
    BeforeValidator(_as_label),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": {"fr": {"type": "string"}, "en": {"type": "string"}},
                    "required": ["fr", "en"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$")]


class Part(BaseModel):
    """A table of the study file: frozen, and unknown keys are refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )
