"""Bodies fitted to people whom several calibrated cameras saw at the same moments; for the command line."""
