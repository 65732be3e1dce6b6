"""Presentations without Qt: prepared cases, slides, and blind votes."""
