"""Say why ONE and OTHER are one person: identifiers, e-mail addresses or contact ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from analytics_assets.attribution.engine.compute import prepare
from analytics_assets.attribution.engine.run import Run, Settings
from analytics_assets.attribution.persons.explain import Evidence, explain
from analytics_assets.attribution.persons.identities import find_persons
from analytics_assets.attribution.shops import install_shops
from analytics_assets.cli.common import use_environment
from analytics_assets.lake.rewrite import refuse_missing
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.privacy.fingerprint import refuse_other_key
from analytics_assets.privacy.hashing import Privacy
from analytics_assets.tables import all_tables

_EMAIL, _CONTACT = "email_hash", "segmetrics_contact"


@click.command()
@click.argument("one")
@click.argument("other")
def command(one: str, other: str) -> None:
    """Say why ONE and OTHER are one person.

    Each is an identifier such as wemasy_session:42, an e-mail address or a SegMetrics contact id.
    Prints the evidence, and the lines of analytics.toml that undo a wrong link.
    """
    use_environment()
    platform, warehouse = Platform(), Warehouse()
    lake, tables = platform.lake(), all_tables()
    refuse_missing(lake)
    privacy = platform.privacy(personal_data="@" in one + other)
    settings = Settings.of(platform.config(), platform.zone())
    refuse_other_key(lake, privacy)
    lake.prepare(tables, kind=None)
    build_warehouse(warehouse.path, lake, tables)
    with warehouse.get_connection() as connection:
        prepare(connection, Run.of_no_days(settings))
        install_shops(connection)
        find_persons(connection)
        names = [identifier_of(text, privacy) for text in (one, other)]
        chain = explain(connection, *names)
    lines = explanation(chain) if len(set(names)) > 1 else ["one person: it is one identifier"]
    for line in lines:
        click.echo("".join(c if c.isprintable() else "?" for c in line))  # vendors wrote some of it


def identifier_of(text: str, privacy: Privacy) -> str:
    """An identifier, which may be given as an e-mail address or as a contact id alone."""
    kind, _, value = text.strip().rpartition(":")
    if "@" in value and kind in {"", _EMAIL}:
        return f"{_EMAIL}:{value.lower() if privacy.plain else privacy.hashed(value)}"
    return f"{kind or _CONTACT}:{value}"


def explanation(chain: Sequence[Evidence]) -> Iterator[str]:
    """The chain of evidence in words, and how it is broken."""
    if not chain:
        yield "two persons: no evidence leads from one to the other"
        return
    yield "one person:"
    yield from map(str, chain)
    pair = json.dumps([chain[0].one, chain[0].other], ensure_ascii=False)
    yield "a wrong link is undone in analytics.toml, the first of these by"
    yield "[identities]"
    yield f"exclude = [{pair}]"
