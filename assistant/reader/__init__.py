"""The trained judge of a query and a statement in its place."""
