"""Smoke test of a release: request recommendations from its campaign.

The release fails if the campaign recommends too few films.

CAMPAIGN_ARN=... SMOKE_TEST_ROLE_ARN=... python smoke_test.py
"""

from __future__ import annotations

import os

import boto3

FILM = "film-0"
EXPECTED_COUNT = 5


def main() -> None:
    """Request recommendations. Exit with an error if there are too few."""
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
    answer = runtime.get_recommendations(campaignArn=campaign, itemId=FILM, numResults=EXPECTED_COUNT)
    films = [each["itemId"] for each in answer["itemList"]]
    if len(films) < EXPECTED_COUNT:
        raise SystemExit(f"{campaign} recommends {films} for {FILM}, not {EXPECTED_COUNT} films")
    print(f"{campaign} recommends {', '.join(films)} for {FILM}")


if __name__ == "__main__":
    main()
