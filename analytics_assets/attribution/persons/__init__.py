"""Who made which touch: the persons behind identifiers, and the touches of all vendors.

`compute_identities` goes first; `compute_touchpoints` reads what it makes.
"""
