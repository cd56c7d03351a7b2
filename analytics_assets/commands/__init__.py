"""Commands that change what is in the lake."""
