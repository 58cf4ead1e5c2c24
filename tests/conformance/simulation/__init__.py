"""Whole stacks in a discrete-event simulation of the services around the handler.

CloudFormation, Lambda, Step Functions and an eventually consistent, faulty Amazon Personalize run on one simulated
clock. Random schedules deploy, cancel, roll back and delete stacks, while calls fail, functions are killed and events
arrive late. After each schedule, `invariants` checks the resources and stacks. Run `python -m conformance.simulation
--help` in the folder `tests` for the command line.
"""
