"""The lake: files by table, day and tenant, how they are published, and the warehouse over them."""
