"""The products of the shops. Prices are net of tax, in minor units of the shop's currency."""

from __future__ import annotations

from dataclasses import dataclass

from analytics_assets.sandbox.chance import Weighted


@dataclass(frozen=True, slots=True)
class Product:
    """An article of the catalogue."""

    product_id: str
    slug: str
    name: str
    price_minor: int
    popularity: float
    path: str


def _product(number: int, name: str, price_minor: int, popularity: float) -> Product:
    slug = name.lower().replace(" ", "-")
    return Product(str(500 + number), slug, name, price_minor, popularity, f"/products/{slug}")


PRODUCTS = tuple(
    _product(number, *row)
    for number, row in enumerate(
        (
            ("House Blend 250g", 790, 14),
            ("House Blend 1kg", 2490, 9),
            ("Ethiopia Yirgacheffe 250g", 1150, 8),
            ("Colombia Huila 250g", 1050, 8),
            ("Kenya AA 250g", 1290, 5),
            ("Decaf Blend 250g", 890, 5),
            ("Espresso Roast 1kg", 2690, 8),
            ("Cold Brew Pack", 1490, 4),
            ("Green Tea Sencha", 990, 3),
            ("Earl Grey Tin", 850, 3),
            ("Masala Chai", 920, 3),
            ("Pour Over Dripper", 1890, 4),
            ("Paper Filters 100", 490, 6),
            ("Glass Server", 2290, 2),
            ("Hand Grinder", 6490, 3),
            ("Electric Grinder", 14900, 1.5),
            ("Gooseneck Kettle", 7990, 1.5),
            ("Moka Pot", 2790, 4),
            ("French Press", 3190, 3),
            ("Espresso Machine", 39900, 0.6),
            ("Milk Frother", 2390, 2),
            ("Ceramic Mug", 1290, 5),
            ("Travel Mug", 1990, 4),
            ("Digital Scale", 3490, 2),
            ("Gift Card", 4132, 2),
        ),
        start=1,
    )
)
SUBSCRIPTION = _product(90, "Coffee Club", 1990, 0)
SUBSCRIPTION_MAX_RENEWALS = 3
BY_POPULARITY = Weighted((product, product.popularity) for product in PRODUCTS)
COUPONS = Weighted((("", 82), ("WELCOME10", 10), ("COFFEE5", 5), ("VIP15", 3)))
COUPON_PERCENT = {"": 0, "WELCOME10": 10, "COFFEE5": 5, "VIP15": 15}
SHIPPING_MINOR = 495
FREE_SHIPPING_FROM_MINOR = 5000
CITIES = {
    "ES": ("Madrid", "28001"),
    "PT": ("Lisboa", "1100"),
    "FR": ("Lyon", "69001"),
    "DE": ("Berlin", "10115"),
    "GB": ("Leeds", "LS1"),
    "IT": ("Torino", "10121"),
    "IE": ("Cork", "T12"),
    "KW": ("Kuwait City", "13001"),
    "SA": ("Riyadh", "11564"),
}
"""Town and postal code by country."""
COUNTRY_NAMES = {
    "ES": "Spain",
    "PT": "Portugal",
    "FR": "France",
    "DE": "Germany",
    "GB": "United Kingdom",
    "IT": "Italy",
    "IE": "Ireland",
    "KW": "Kuwait",
    "SA": "Saudi Arabia",
}
