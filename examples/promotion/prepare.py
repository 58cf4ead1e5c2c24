"""Uploads films and viewing events, once in each account.

It requires credentials of the respective account.

python prepare.py            # before the pipeline's first release
python prepare.py --destroy  # at the end
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "quickstart")]
import data
import uploading

EXAMPLE = "promotion-example"


def prepare(session: Any = boto3) -> str:
    """Upload the data and return the bucket."""
    files = {"interactions.csv": data.interactions_csv(), "items.csv": data.items_csv()}
    return uploading.upload(EXAMPLE, files, session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.remove(EXAMPLE)
    else:
        print(prepare())
