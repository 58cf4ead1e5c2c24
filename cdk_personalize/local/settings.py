"""Settings of the local AWS, from the options of `cdk-personalize local`."""

from __future__ import annotations

import json
import math
import secrets
from dataclasses import asdict, dataclass, field

_LAST_PORT = 65535
_SEEDS = 10**6


class StartError(Exception):
    """The local AWS cannot start, for the reason in the message."""


def _new_seed() -> int:
    return secrets.randbelow(_SEEDS)


@dataclass(frozen=True)
class Settings:
    """The settings of the local AWS.

    :raises StartError: if a setting is out of range.
    """

    host: str
    port: int
    time_scale: float
    authorization: bool = False
    iam_delay: float = 0.0
    """Real seconds until changed roles and policies are in effect."""
    lambda_concurrency: int | None = None
    """Maximum number of Lambda functions that run at the same time, in all accounts. Default: limited by memory."""
    seed: int = field(default_factory=_new_seed)
    """Seed of random numbers, such as the order of independent stack resources."""
    state: str | None = None
    """Folder from which the state is loaded and to which it is saved. Default: the state is lost."""

    def __post_init__(self) -> None:
        if not 0 < self.port <= _LAST_PORT:
            raise StartError(f"--port must be from 1 to {_LAST_PORT}, got {self.port}")
        if not (math.isfinite(self.time_scale) and self.time_scale > 0):
            raise StartError(f"--time-scale must be a number greater than 0, got {self.time_scale:g}")
        if not (math.isfinite(self.iam_delay) and self.iam_delay >= 0):
            raise StartError(f"--iam-delay must be a number of seconds of at least 0, got {self.iam_delay:g}")
        if self.lambda_concurrency is not None and self.lambda_concurrency < 1:
            raise StartError(f"--lambda-concurrency must be at least 1, got {self.lambda_concurrency}")

    @property
    def endpoint(self) -> str:
        """URL of the endpoint of all services."""
        return f"http://{self.host}:{self.port}"

    def to_json(self) -> str:
        """Return the settings as JSON, the argument of the server process."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Return the settings that `to_json` wrote."""
        return cls(**json.loads(text))
