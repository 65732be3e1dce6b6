"""Feature distillation from teacher to student (method.md section 7)."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor
from torch.nn.functional import l1_loss, log_softmax

LAYER_WEIGHTS = {3: 1.0, 4: 2.0}
"""Which backbone layers are connected, and how much each counts (the default, "feat34")."""


def log_softmax_l1(student: Sequence[Tensor], teacher: Sequence[Tensor]) -> Tensor:
    """L1 distance of log-softmaxed channels, summed over the connected layers by weight.

    `student` and `teacher` hold the outputs of layer1 to layer4, (N, C, H, W) each; no gradient reaches
    the teacher.
    """
    loss = student[0].new_zeros(())
    for layer, weight in LAYER_WEIGHTS.items():
        ours = log_softmax(student[layer - 1].float(), dim=1)
        theirs = log_softmax(teacher[layer - 1].detach().float(), dim=1)
        loss = loss + weight * l1_loss(ours, theirs)
    return loss
