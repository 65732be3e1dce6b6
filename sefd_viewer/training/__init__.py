"""Training of mesh networks: crops with ground truth, losses, distillation, and the loop."""
