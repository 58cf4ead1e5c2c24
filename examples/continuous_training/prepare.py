"""Upload viewing events, new events and the input of batch jobs.

python prepare.py            # before `cdk deploy`
python prepare.py --destroy  # after `cdk destroy`
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import boto3

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "quickstart")]
import data
import uploading

EXAMPLE = "continuous-training"
RELATED_TO = ("film-0", "film-7", "film-13")
NEW_EVENTS = ["user-0,film-1,1800000000,Watch", "user-1,film-2,1800000060,Watch"]


def prepare(session: Any = boto3) -> str:
    """Upload the files to a bucket, and return the name of the bucket."""
    interactions = data.interactions_csv()
    header = interactions.splitlines()[0]
    files = {
        "interactions.csv": interactions,
        "new/views.csv": "\n".join([header, *NEW_EVENTS]) + "\n",
        "in/films.json": "".join(json.dumps({"itemId": item}) + "\n" for item in RELATED_TO),
    }
    return uploading.upload(EXAMPLE, files, session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.delete_bucket(EXAMPLE)
    else:
        print(prepare())
