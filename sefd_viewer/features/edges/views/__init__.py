"""The workspace "Edges": detectors compared, dilation by size, stored maps audited."""
