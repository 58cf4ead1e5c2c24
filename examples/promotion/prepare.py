"""Upload films and viewing events to a bucket in one account.

Run it once with the credentials of each account.

python prepare.py            # before the first release of the pipeline
python prepare.py --destroy  # after all stacks are deleted
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
    """Upload the files to a bucket, and return the name of the bucket."""
    files = {"interactions.csv": data.interactions_csv(), "items.csv": data.items_csv()}
    return uploading.upload(EXAMPLE, files, session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.delete_bucket(EXAMPLE)
    else:
        print(prepare())
