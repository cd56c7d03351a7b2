"""Which shop each vendor's site, project or account belongs to."""

from __future__ import annotations

from typing import NamedTuple

from analytics_assets.settings.base import Name, Section

MAIN_SHOP = "main"
"""The shop where there is only one and `[shops]` gives it no name."""
UNKNOWN_SHOP = "(unknown)"
"""The shop of a row of an account that serves several, where no vendor says which."""
ShopsByName = dict[Name, Name]


class Tenants(NamedTuple):
    """Vendors' sites, projects and accounts and their shops, column by column."""

    vendors: tuple[str, ...]
    tenants: tuple[str, ...]
    shops: tuple[str, ...]


class Shops(Section):
    """The shops, by the vendors' names of them; ids are unique within a shop.

    Where nothing is said, there is one shop if every vendor has one tenant; else a shop for each
    domain of a SealMetrics or Session Story site. Rows of an account that serves several shops go
    by the page, order or sale that they name.

    Attributes:
        sealmetrics: shops by site.
        sealmetrics_legacy: shops by account.
        wemasy: shops by project.
        session_story: shops by site.
        segmetrics: shops by account or integration.
        imports: shops by the folder's name, `imports`.
        domains: shops by host, for pages of an account that serves several.
    """

    sealmetrics: ShopsByName = {}
    sealmetrics_legacy: ShopsByName = {}
    wemasy: ShopsByName = {}
    session_story: ShopsByName = {}
    segmetrics: ShopsByName = {}
    imports: ShopsByName = {}
    domains: ShopsByName = {}

    @property
    def tenants(self) -> Tenants:
        """Every tenant that is named."""
        vendors: dict[str, ShopsByName] = self.model_dump(exclude={"domains"})
        found = [
            (vendor, tenant, shop)
            for vendor, tenants in vendors.items()
            for tenant, shop in tenants.items()
        ]
        return Tenants(*zip(*found, strict=True)) if found else Tenants((), (), ())
