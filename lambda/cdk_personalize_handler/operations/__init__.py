"""The operations of the workflow: each has a `begin` and a `poll`."""
