"""What is near a query in one library: the searches, fused, and the editions in force."""
