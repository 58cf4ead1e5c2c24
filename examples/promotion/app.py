"""One app in three AWS accounts, released by a pipeline: dev, staging and prod.

`environments.py` has the settings that differ between the accounts. Models cannot be copied between accounts, so each
release trains a model in each environment. A quality gate checks the model, the campaign is updated to it, and a smoke
test requests recommendations from the campaign. If the model is below the gate, the campaign keeps its previous model.
A failed gate or smoke test stops the release before the next environment.

Before the first release, with credentials of the respective account:

    cdk bootstrap aws://444444444444/us-east-1  # for the pipeline
    cdk bootstrap aws://111111111111/us-east-1 --trust 444444444444 \\
        --cloudformation-execution-policies arn:aws:iam::aws:policy/AdministratorAccess  # in each environment
    python prepare.py  # in each environment
    cdk deploy Delivery  # the pipeline, which updates itself from then on

The repository of the pipeline must contain the files of this folder, with your accounts and connection in
`environments.py`.
"""

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_codepipeline as codepipeline
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines
from conformity import acknowledge
from constructs import Construct
from environments import ENVIRONMENTS, MODEL, TOOLING, ReleaseEnvironment

import cdk_personalize as personalize


class Films(cdk.Stack):
    """A campaign that recommends similar films, with its data and model."""

    def __init__(self, scope: Construct, id: str, *, environment: ReleaseEnvironment) -> None:
        super().__init__(scope, id)
        bucket = s3.Bucket.from_bucket_name(self, "Bucket", f"promotion-example-{self.account}-{self.region}")
        cdk.Annotations.of(self).acknowledge_warning("cdk-personalize:bucket.policy", "prepare.py creates the policy")
        group = personalize.DatasetGroup(self, "Data", removal_policy=environment.removal_policy)
        definitions = {
            "Interactions": personalize.SchemaDefinition.interactions(personalize.Field.string("EVENT_TYPE")),
            "Items": personalize.SchemaDefinition.items(
                personalize.Field.string("TITLE"),
                personalize.Field.category("GENRES", nullable=True),
                personalize.Field.text("DESCRIPTION", nullable=True),
            ),
        }
        for name, definition in definitions.items():
            group.add_dataset(
                name,
                schema=personalize.Schema(
                    self, f"{name}Schema", definition=definition, removal_policy=environment.removal_policy
                ),
                import_from=personalize.S3Location(bucket, f"{name.lower()}.csv"),
                removal_policy=environment.removal_policy,
            )
        solution = personalize.Solution(
            self,
            "Similar",
            dataset_group=group,
            recipe=personalize.Recipe.SIMILAR_ITEMS,
            perform_auto_training=False,
            excluded_columns=environment.excluded_columns,
            removal_policy=environment.removal_policy,
        )
        version = personalize.SolutionVersion(
            self,
            "Model",
            solution=solution,
            solution_version_name=MODEL,
            quality_gate=personalize.QualityGate(
                metric=personalize.OfflineMetric.NDCG_AT_10, at_least=environment.least_ndcg_at_10
            ),
            timeout=environment.training_timeout,
        )
        campaign = personalize.Campaign(
            self,
            "Related",
            solution_version=version,
            min_provisioned_tps=environment.min_provisioned_tps,
            timeout=environment.campaign_timeout,
        )
        tester = iam.Role(
            self,
            "SmokeTestRole",
            role_name=smoke_test_role(environment),
            description="Lets the smoke test of the pipeline request recommendations from the campaign",
            assumed_by=iam.AccountPrincipal(TOOLING.account),
        )
        campaign.grant_get_recommendations(tester)
        self.campaign_arn = cdk.CfnOutput(self, "CampaignArn", value=campaign.campaign_arn)
        self.smoke_test_role_arn = cdk.CfnOutput(self, "SmokeTestRoleArn", value=tester.role_arn)


class Release(cdk.Stage):
    """The stack with the campaign, in the account and region of one environment."""

    def __init__(self, scope: Construct, environment: ReleaseEnvironment) -> None:
        env = cdk.Environment(account=environment.account, region=environment.region)
        super().__init__(scope, environment.name, env=env)
        self.films = Films(self, "Films", environment=environment)


class Delivery(cdk.Stack):
    """The stack with the pipeline that releases to all environments."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id, env=cdk.Environment(account=TOOLING.account, region=TOOLING.region))
        source = pipelines.CodePipelineSource.connection(
            TOOLING.repository, TOOLING.branch, connection_arn=TOOLING.connection_arn
        )
        runtimes = {"phases": {"install": {"runtime-versions": {"nodejs": "22", "python": "3.13"}}}}
        pipeline = pipelines.CodePipeline(
            self,
            "Pipeline",
            pipeline_type=codepipeline.PipelineType.V2,
            synth=pipelines.ShellStep(
                "Synth",
                input=source,
                install_commands=["npm install --global aws-cdk@2", "pip install --requirement requirements.txt"],
                commands=["cdk synth --quiet"],
            ),
            code_build_defaults=pipelines.CodeBuildOptions(
                partial_build_spec=codebuild.BuildSpec.from_object(runtimes)
            ),
            cross_account_keys=True,
            enable_key_rotation=True,
        )
        for environment in ENVIRONMENTS:
            release = Release(self, environment)
            approval = pipelines.ManualApprovalStep(f"ReleaseTo{environment.name}")
            pipeline.add_stage(
                release,
                pre=[approval] if environment.needs_approval else [],
                post=[self._smoke_test(release.films, environment, source)],
            )
        pipeline.build_pipeline()
        acknowledge(pipeline)

    def _smoke_test(
        self, films: Films, environment: ReleaseEnvironment, source: pipelines.CodePipelineSource
    ) -> pipelines.Step:
        """Return the step that requests recommendations from the new campaign.

        It runs in the account of the pipeline, and assumes a role in the account of the environment.
        """
        role = self.format_arn(
            service="iam",
            region="",
            account=environment.account,
            resource="role",
            resource_name=smoke_test_role(environment),
        )
        return pipelines.CodeBuildStep(
            f"SmokeTest{environment.name}",
            input=source,
            install_commands=["pip install boto3"],
            commands=["python smoke_test.py"],
            env_from_cfn_outputs={
                "CAMPAIGN_ARN": films.campaign_arn,
                "SMOKE_TEST_ROLE_ARN": films.smoke_test_role_arn,
            },
            role_policy_statements=[iam.PolicyStatement(actions=["sts:AssumeRole"], resources=[role])],
        )


def smoke_test_role(environment: ReleaseEnvironment) -> str:
    """Return the name of the role that the smoke test assumes in an environment.

    The policy of the pipeline contains the name, so that CloudFormation must not generate it.
    """
    return f"films-smoke-test-{environment.name.lower()}"


app = cdk.App()
Delivery(app, "Delivery")
app.synth()
