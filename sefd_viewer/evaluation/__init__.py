"""How far a predicted body is from the truth: MPJPE, PA-MPJPE, MPVPE in millimetres."""

from sefd_viewer.evaluation.metrics import mpjpe, mpvpe, pa_mpjpe
from sefd_viewer.evaluation.person_metrics import (
    PersonMetrics,
    match_people,
    mesh_metrics,
    person_metrics,
    prediction_metrics,
)

__all__ = [
    "PersonMetrics",
    "match_people",
    "mesh_metrics",
    "mpjpe",
    "mpvpe",
    "pa_mpjpe",
    "person_metrics",
    "prediction_metrics",
]
