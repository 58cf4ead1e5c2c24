"""Run the simulation from the command line."""

from __future__ import annotations

import sys

from conformance.simulation.command_line import main

if __name__ == "__main__":
    sys.exit(main())
