"""Amazon Personalize for the AWS CDK."""
