"""What must not be found anywhere: secrets, persons, and a vendor's text where it could act."""
