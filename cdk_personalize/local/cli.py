"""The command `cdk-personalize`."""

from __future__ import annotations

import argparse

from cdk_personalize.local import process
from cdk_personalize.local.clock import DEFAULT_SCALE


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="cdk-personalize", description="Amazon Personalize for the AWS CDK.")
    commands = parser.add_subparsers(dest="command", required=True)
    local = commands.add_parser(
        "local", help="run an AWS with Amazon Personalize on this machine, in the foreground, until it is interrupted"
    )
    local.add_argument("--port", type=int, default=4566, help="the port of the one endpoint (default: 4566)")
    local.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    local.add_argument(
        "--time-scale",
        type=float,
        default=DEFAULT_SCALE,
        help="seconds of Amazon Personalize in one of yours (default: %(default)g)",
    )
    local.add_argument("--verbose", action="store_true", help="show the log of the local AWS")
    options = parser.parse_args(arguments)
    return process.run(options.host, options.port, options.time_scale, verbose=options.verbose)
