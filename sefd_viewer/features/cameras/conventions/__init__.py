"""How cameras and bodies are read: the inspector's cards, other calibrations, and their diagnosis."""
