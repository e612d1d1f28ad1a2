"""What the models learn from, and how: never installed with the package."""
