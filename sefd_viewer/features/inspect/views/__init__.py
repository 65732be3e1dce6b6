"""The widgets of workspace Inspect."""
