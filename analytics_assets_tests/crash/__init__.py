"""What is in the lake after a writer was killed, a disk was full or a vendor failed for good."""
