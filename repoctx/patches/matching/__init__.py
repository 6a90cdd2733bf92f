"""Text -> place: the lines of a file, the steps of tolerance, and what stands there afterwards."""
