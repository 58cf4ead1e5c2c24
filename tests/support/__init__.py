"""What several tests stand on: a prepared Personalize, and CloudFormation's side of a deployment."""
