"""The page: one file of HTML that speaks to the HTTP service."""
