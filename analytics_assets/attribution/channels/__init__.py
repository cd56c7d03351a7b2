"""Where visits come from: keys of campaign tags, click ids, and the rules that name channels."""
