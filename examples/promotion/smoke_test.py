"""Smoke test: requests recommendations from a campaign.

The pipeline stops if there are none.

CAMPAIGN_ARN=... SMOKE_TEST_ROLE_ARN=... python smoke_test.py
"""

from __future__ import annotations

import os

import boto3

FILM = "film-0"
EXPECTED = 5


def main() -> None:
    """Request recommendations, and exit with an error if some are missing."""
    campaign = os.environ["CAMPAIGN_ARN"]
    region = campaign.split(":")[3]
    session = boto3.client("sts", region_name=region).assume_role(
        RoleArn=os.environ["SMOKE_TEST_ROLE_ARN"], RoleSessionName="smoke-test"
    )["Credentials"]
    runtime = boto3.client(
        "personalize-runtime",
        region_name=region,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    answer = runtime.get_recommendations(campaignArn=campaign, itemId=FILM, numResults=EXPECTED)
    films = [each["itemId"] for each in answer["itemList"]]
    if len(films) < EXPECTED:
        raise SystemExit(f"{campaign} recommends {films} for {FILM}, not {EXPECTED} films")
    print(f"{campaign} recommends {', '.join(films)} for {FILM}")


if __name__ == "__main__":
    main()
