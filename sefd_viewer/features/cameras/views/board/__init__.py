"""The workspace "Cameras": photos of all views, residuals, the room in 3D and the errors over time."""
