"""Upload films, viewing events and the input for themes.

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

EXAMPLE = "movies-example"
THEMES_FOR = ("film-0", "film-7", "film-13")


def prepare(session: Any = boto3) -> str:
    """Upload the files to a bucket, and return the name of the bucket."""
    theme_input = "".join(json.dumps({"itemId": item}) + "\n" for item in THEMES_FOR)
    files = {
        "interactions.csv": data.interactions_csv(),
        "items.csv": data.items_csv(),
        "in/films.json": theme_input,
    }
    return uploading.upload(EXAMPLE, files, session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.delete_bucket(EXAMPLE)
    else:
        print(prepare())
