"""What is known: official figures, each with its source."""
