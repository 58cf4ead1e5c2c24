"""What runs in Lambda: the lifecycle of Amazon Personalize resources behind CDK's custom resource Provider."""
