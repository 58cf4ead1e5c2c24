"""Upload data of a shop: views, purchases and products.

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

EXAMPLE = "shop-example"
_CATEGORIES = ("lamps", "chairs", "tables", "rugs")
_START = 1_700_000_000
_PRODUCTS = 40
_CUSTOMERS = 50
_EVENTS_OF_A_CUSTOMER = 60


def _files() -> dict[str, str]:
    items = [
        [f"product-{n}", str(10 + n % 7 * 5), _CATEGORIES[n % len(_CATEGORIES)], str(_START)] for n in range(_PRODUCTS)
    ]
    events = [
        [
            f"customer-{customer}",
            f"product-{(customer * 3 + event * event) % _PRODUCTS}",
            "Purchase" if event % 2 else "View",
            str(_START + customer * 1000 + event),
        ]
        for customer in range(_CUSTOMERS)
        for event in range(_EVENTS_OF_A_CUSTOMER)
    ]
    return {
        "interactions.csv": data.csv_text(["USER_ID", "ITEM_ID", "EVENT_TYPE", "TIMESTAMP"], events),
        "items.csv": data.csv_text(["ITEM_ID", "PRICE", "CATEGORY_L1", "CREATION_TIMESTAMP"], items),
    }


def prepare(session: Any = boto3) -> str:
    """Upload the files to a bucket, and return the name of the bucket."""
    return uploading.upload(EXAMPLE, _files(), session)


if __name__ == "__main__":
    if "--destroy" in sys.argv[1:]:
        uploading.delete_bucket(EXAMPLE)
    else:
        print(prepare())
