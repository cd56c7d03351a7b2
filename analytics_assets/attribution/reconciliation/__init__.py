"""Where the vendors disagree, and by how much."""
