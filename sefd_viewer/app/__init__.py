"""The application without a screen: state, store, commands, controller, settings and plugins."""
