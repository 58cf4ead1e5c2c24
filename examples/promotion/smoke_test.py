"""Asks a campaign for recommendations, in the account where it is; the pipeline goes no further if none come.

CAMPAIGN_ARN=... SMOKE_TEST_ROLE_ARN=... python smoke_test.py
"""

from __future__ import annotations

import os

import boto3

FILM = "film-0"
WANTED = 5


def main() -> None:
    """Take the role, ask, and end with an error unless the answer is complete."""
    campaign = os.environ["CAMPAIGN_ARN"]
    region = campaign.split(":")[3]
    taken = boto3.client("sts", region_name=region).assume_role(
        RoleArn=os.environ["SMOKE_TEST_ROLE_ARN"], RoleSessionName="smoke-test"
    )["Credentials"]
    runtime = boto3.client(
        "personalize-runtime",
        region_name=region,
        aws_access_key_id=taken["AccessKeyId"],
        aws_secret_access_key=taken["SecretAccessKey"],
        aws_session_token=taken["SessionToken"],
    )
    answer = runtime.get_recommendations(campaignArn=campaign, itemId=FILM, numResults=WANTED)
    films = [each["itemId"] for each in answer["itemList"]]
    if len(films) < WANTED:
        raise SystemExit(f"{campaign} recommends {films} for {FILM}, not {WANTED} films")
    print(f"{campaign} recommends {', '.join(films)} for {FILM}")


if __name__ == "__main__":
    main()
