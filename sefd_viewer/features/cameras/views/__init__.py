"""The widgets of workspace Cameras."""
