"""What the service is measured with: datasets that are made up, questions, and what they are compared with."""
