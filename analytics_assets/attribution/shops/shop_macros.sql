-- notes: A row's shop: of the tenant that it came from, or else of the page that it names.
-- parameters: only_shop, shop_hosts, shop_of_host, shop_of_tenant, unknown_shop

-- The shop that a tenant of a vendor belongs to; NULL where it serves several.
CREATE OR REPLACE TEMP MACRO shop_of(vendor, tenant) AS
    coalesce(getvariable('only_shop'), getvariable('shop_of_tenant')[vendor || ':' || tenant]);

-- The shop whose site a page is on, or on a host below it; NULL where it is none's.
CREATE OR REPLACE TEMP MACRO shop_at(url) AS
    coalesce(
        getvariable('only_shop'),
        getvariable('shop_of_host')[
            nullif(regexp_extract(host_of(url), getvariable('shop_hosts'), 1), '')
        ]
    );

-- The shop of a row of which no vendor says it.
CREATE OR REPLACE TEMP MACRO known_shop(shop) AS coalesce(shop, getvariable('unknown_shop'));

-- Whether two rows may be of one shop.
CREATE OR REPLACE TEMP MACRO share_shop(one, other) AS
    one = other OR getvariable('unknown_shop') IN (one, other);
