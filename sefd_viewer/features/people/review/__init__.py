"""The workspace "Review" without Qt: records as rows, findings, verdicts, and what its views show."""
