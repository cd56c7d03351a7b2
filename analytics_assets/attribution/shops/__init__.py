"""Which shop a row belongs to: tenants by shop, and what accounts of several shops hold.

Ids are unique within a shop. Persons, orders and conversions of two shops never join, and `shop` is
a column of every attribution table.
"""

from analytics_assets.attribution.shops.install import install_shops

__all__ = ["install_shops"]
