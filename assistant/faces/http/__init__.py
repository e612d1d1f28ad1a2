"""HTTP in, values out."""
