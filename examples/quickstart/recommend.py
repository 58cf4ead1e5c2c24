"""Print the films that the campaign of the quickstart recommends for a film.

python recommend.py film-0
"""

from __future__ import annotations

import sys

import boto3


def recommend(item: str, stack: str = "Quickstart") -> list[str]:
    """Return the IDs and titles of the films that are most similar to a film."""
    outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]
    campaign = next(each["OutputValue"] for each in outputs if each["OutputKey"] == "CampaignArn")
    answer = boto3.client("personalize-runtime").get_recommendations(
        campaignArn=campaign, itemId=item, numResults=3, metadataColumns={"ITEMS": ["TITLE"]}
    )
    return [f"{each['itemId']}: {each['metadata']['title']}" for each in answer["itemList"]]


if __name__ == "__main__":
    print("\n".join(recommend(sys.argv[1])))
