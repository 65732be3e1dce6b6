"""The workspace "Explain": why a network said what it said about the person in view."""
