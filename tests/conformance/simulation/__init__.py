"""Whole stacks in a discrete-event simulation of the services around the handler.

CloudFormation, Lambda, Step Functions and an eventually consistent, faulty Amazon Personalize run on one simulated
clock. Random schedules deploy, cancel, roll back and delete stacks while calls fail, functions are killed and events
arrive late, and `invariants` states what must hold after each of them. Run `python -m conformance.simulation --help`
in the folder `tests` for the command line.
"""
