"""Inference: typed messages, the predictor, the worker process and the client that owns it.

Only the messages and the client are imported here; torch stays inside the worker process.
"""

from sefd_viewer.inference.client import InferenceClient
from sefd_viewer.inference.messages import (
    ROLES,
    CancelRequest,
    Failed,
    Finished,
    HedRequest,
    HedResult,
    Job,
    MeshEdgeResult,
    Message,
    PersonInput,
    Prediction,
    PredictRequest,
    Progress,
    Ready,
    Request,
    Role,
    RoleResult,
)

__all__ = [
    "ROLES",
    "CancelRequest",
    "Failed",
    "Finished",
    "HedRequest",
    "HedResult",
    "InferenceClient",
    "Job",
    "MeshEdgeResult",
    "Message",
    "PersonInput",
    "PredictRequest",
    "Prediction",
    "Progress",
    "Ready",
    "Request",
    "Role",
    "RoleResult",
]
