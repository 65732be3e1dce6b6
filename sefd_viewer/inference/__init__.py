"""Inference: typed messages, the predictor, the worker process and the client that owns it.

Import from the modules: `messages` and `client` in the window's process, `predictor` where torch may be.
"""
