"""Upload data of an airline: route views, offers and outcomes of offers.

python prepare.py            # before `cdk deploy`
python prepare.py --destroy  # after `cdk destroy`
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import boto3

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "quickstart")]
import data
import uploading

EXAMPLE = "actions-example"
_ACTIONS = ("lounge-pass", "seat-upgrade", "loyalty-card", "newsletter", "mobile-app")
_OUTCOMES = ("TAKEN", "NOT_TAKEN", "VIEWED")
_START = 1_700_000_000
_TRAVELLERS = 40


def _files() -> dict[str, str]:
    views = [[f"traveller-{n % _TRAVELLERS}", f"route-{n * n % 17}", str(_START + n), "View"] for n in range(1200)]
    outcomes = [
        [f"traveller-{n % _TRAVELLERS}", _ACTIONS[n * n % len(_ACTIONS)], _OUTCOMES[n % 3], str(_START + n)]
        for n in range(300)
    ]
    offers = [[each, str(n + 1), "digital" if n % 2 else "travel"] for n, each in enumerate(_ACTIONS)]
    return {
        "interactions.csv": data.csv_text(["USER_ID", "ITEM_ID", "TIMESTAMP", "EVENT_TYPE"], views),
        "actions.csv": data.csv_text(["ACTION_ID", "VALUE", "KIND"], offers),
        "action-interactions.csv": data.csv_text(["USER_ID", "ACTION_ID", "EVENT_TYPE", "TIMESTAMP"], outcomes),
    }


def prepare(session: Any = boto3) -> str:
    """Upload the files to a bucket, and return the name of the bucket."""
    return uploading.upload(EXAMPLE, _files(), session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.delete_bucket(EXAMPLE)
    else:
        print(prepare())
