"""Pictures to learn from: named sets, folders and zips, as batches."""
