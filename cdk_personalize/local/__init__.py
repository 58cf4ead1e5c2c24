"""Amazon Personalize on your own machine: an emulator, and an AWS around it to deploy into."""
