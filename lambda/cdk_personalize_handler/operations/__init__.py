"""Create, update and delete a resource, and wait for it.

The module of each operation has a function `begin` for the first step and a function `poll` for all others.
"""
