"""The workspace "Edges" without a screen: detectors compared, dilation by size, stored maps audited."""
