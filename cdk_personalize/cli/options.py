"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Profile = Annotated[str | None, typer.Option(help="The AWS profile. Default: AWS_PROFILE.")]
Region = Annotated[str | None, typer.Option(envvar="AWS_REGION", help="The AWS region.")]
