"""Dataset groups that plain boto3 code creates, as in notebooks of AWS.

https://github.com/aws-samples/amazon-personalize-samples
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import data

if TYPE_CHECKING:
    from support.deploy import Session

_POLL_SECONDS = 0.05


class Notebook:
    """The client and the helper functions of a notebook."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.personalize = session.client("personalize")

    def wait(self, kind: str, arn: str) -> str:
        """Describe a resource until its status is ACTIVE."""
        describe = getattr(self.personalize, f"describe_{kind}")
        (member,) = self.personalize.meta.service_model.operation_model(
            self.personalize.meta.method_to_api_mapping[f"describe_{kind}"]
        ).input_shape.members
        while True:
            answer = describe(**{member: arn})
            status = answer[member.removesuffix("Arn")]["status"]
            if status == "ACTIVE":
                return arn
            assert "FAILED" not in status, answer
            time.sleep(_POLL_SECONDS)

    def upload(self, bucket: str, **files: str) -> str:
        """Upload files to a bucket, and return a role that may read it."""
        s3, iam = self.session.client("s3"), self.session.client("iam")
        s3.create_bucket(Bucket=bucket)
        for name, content in files.items():
            s3.put_object(Bucket=bucket, Key=f"{name}.csv", Body=content.encode())
        places = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
        actions = ["s3:GetObject", "s3:ListBucket", "s3:PutObject"]
        service = {"Service": "personalize.amazonaws.com"}
        s3.put_bucket_policy(Bucket=bucket, Policy=_policy(actions, places, Principal=service))
        role = iam.create_role(
            RoleName=f"{bucket}-role", AssumeRolePolicyDocument=_policy("sts:AssumeRole", None, Principal=service)
        )["Role"]["Arn"]
        iam.put_role_policy(RoleName=f"{bucket}-role", PolicyName="s3", PolicyDocument=_policy(actions, places))
        return str(role)

    def dataset(self, group: str, dataset_type: str, avro: str, bucket: str, role: str, **more: str) -> str:
        """Create a schema and a dataset, and import a file."""
        group_name, word = group.rsplit("/", 1)[1], dataset_type.lower()
        schema = self.personalize.create_schema(name=f"{group_name}-{word}-schema", schema=avro, **more)["schemaArn"]
        dataset = self.personalize.create_dataset(
            name=f"{group_name}-{word}", schemaArn=schema, datasetGroupArn=group, datasetType=dataset_type
        )["datasetArn"]
        self.wait("dataset", dataset)
        job = self.personalize.create_dataset_import_job(
            jobName=f"{group_name}-{word}-import",
            datasetArn=dataset,
            dataSource={"dataLocation": f"s3://{bucket}/{word}.csv"},
            roleArn=role,
        )["datasetImportJobArn"]
        self.wait("dataset_import_job", job)
        return str(dataset)


def custom_group(session: Session, name: str = "movielens") -> str:
    """Create a custom dataset group with each kind of resource. Return its ARN."""
    notebook = Notebook(session)
    personalize, bucket = notebook.personalize, f"{name}-bucket"
    role = notebook.upload(bucket, interactions=data.interactions_csv(), items=data.items_csv())
    group = personalize.create_dataset_group(name=name, tags=[{"tagKey": "team", "tagValue": "search"}])
    group_arn = notebook.wait("dataset_group", group["datasetGroupArn"])
    notebook.dataset(group_arn, "Interactions", data.INTERACTIONS_SCHEMA, bucket, role)
    notebook.dataset(group_arn, "Items", data.ITEMS_SCHEMA, bucket, role)
    solution = personalize.create_solution(
        name=f"{name}-user-personalization",
        datasetGroupArn=group_arn,
        recipeArn="arn:aws:personalize:::recipe/aws-user-personalization",
        performAutoTraining=False,
        eventType="Watch",
        solutionConfig={
            "eventValueThreshold": "0.5",
            "algorithmHyperParameters": {"hidden_dimension": "55", "recency_mask": "true"},
            "featureTransformationParameters": {"min_user_history_length_percentile": "0.01"},
            "trainingDataConfig": {"excludedDatasetColumns": {"ITEMS": ["GENRES"]}},
        },
    )["solutionArn"]
    notebook.wait("solution", solution)
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    notebook.wait("solution_version", version)
    similar = personalize.create_solution(
        name=f"{name}-similar",
        datasetGroupArn=group_arn,
        recipeArn="arn:aws:personalize:::recipe/aws-similar-items",
        solutionConfig={"autoTrainingConfig": {"schedulingExpression": "rate(14 days)"}},
    )["solutionArn"]
    notebook.wait("solution", similar)
    newest = personalize.create_solution_version(solutionArn=similar)["solutionVersionArn"]
    notebook.wait("solution_version", newest)
    campaigns = [
        personalize.create_campaign(
            name=f"{name}-campaign",
            solutionVersionArn=version,
            minProvisionedTPS=2,
            campaignConfig={
                "itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"},
                "enableMetadataWithRecommendations": True,
            },
            tags=[{"tagKey": "team", "tagValue": "search"}, {"tagKey": "stage", "tagValue": "demo"}],
        ),
        personalize.create_campaign(
            name=f"{name}-similar",
            solutionVersionArn=f"{similar}/$LATEST",
            campaignConfig={"syncWithLatestSolutionVersion": True},
        ),
    ]
    for each in campaigns:
        notebook.wait("campaign", each["campaignArn"])
    for word, expression in (
        ("dramas", 'INCLUDE ItemID WHERE Items.GENRES IN ("Drama")'),
        ("unwatched", "EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ($EVENT_TYPE)"),
    ):
        created = personalize.create_filter(
            name=f"{name}-{word}", datasetGroupArn=group_arn, filterExpression=expression
        )
        notebook.wait("filter", created["filterArn"])
    tracker = personalize.create_event_tracker(name=f"{name}-tracker", datasetGroupArn=group_arn)
    notebook.wait("event_tracker", tracker["eventTrackerArn"])
    attribution = personalize.create_metric_attribution(
        name=f"{name}-attribution",
        datasetGroupArn=group_arn,
        metrics=[{"eventType": "Watch", "metricName": "watched", "expression": "SAMPLECOUNT()"}],
        metricsOutputConfig={"roleArn": role, "s3DataDestination": {"path": f"s3://{bucket}/metrics/"}},
    )
    notebook.wait("metric_attribution", attribution["metricAttributionArn"])
    return group_arn


def domain_group(session: Session, name: str = "video-on-demand") -> str:
    """Create a domain dataset group with a running and a stopped recommender."""
    notebook = Notebook(session)
    personalize, bucket, domain = notebook.personalize, f"{name}-bucket", "VIDEO_ON_DEMAND"
    role = notebook.upload(bucket, interactions=data.interactions_csv())
    group_arn = notebook.wait(
        "dataset_group", personalize.create_dataset_group(name=name, domain=domain)["datasetGroupArn"]
    )
    notebook.dataset(group_arn, "Interactions", data.INTERACTIONS_SCHEMA, bucket, role, domain=domain)
    arns = {
        use_case: personalize.create_recommender(
            name=f"{name}-{use_case}",
            datasetGroupArn=group_arn,
            recipeArn=f"arn:aws:personalize:::recipe/aws-vod-{use_case}",
            recommenderConfig=config,
        )["recommenderArn"]
        for use_case, config in (
            ("top-picks", {"itemExplorationConfig": {"explorationWeight": "0.2", "explorationItemAgeCutOff": "14"}}),
            ("most-popular", {"minRecommendationRequestsPerSecond": 2}),
        )
    }
    for arn in arns.values():
        notebook.wait("recommender", arn)
    personalize.stop_recommender(recommenderArn=arns["most-popular"])
    while personalize.describe_recommender(recommenderArn=arns["most-popular"])["recommender"]["status"] != "INACTIVE":
        time.sleep(_POLL_SECONDS)
    return group_arn


def _policy(actions: Any, resources: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, **({"Resource": resources} if resources else {}), **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
