"""Reading clearing files, against cardutil in the same run."""
