"""Lambda functions that manage Amazon Personalize resources for CloudFormation."""
