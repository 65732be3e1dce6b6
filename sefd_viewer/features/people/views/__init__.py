"""The widgets of workspace People."""
