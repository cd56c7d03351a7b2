"""What ads cost and what customers are worth."""
