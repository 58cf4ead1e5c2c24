"""A local AWS with an emulator of Amazon Personalize."""
