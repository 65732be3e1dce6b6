"""The person in view: the bar above the workspaces and the strip below, one selection for all of them."""
