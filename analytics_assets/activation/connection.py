"""The environment variables of activation, and the workplace made from all resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from analytics_assets.activation.sync import SWITCH, Workplace, enabled, target_name
from analytics_assets.errors import ConfigurationError
from analytics_assets.lake.tables import Table
from analytics_assets.lake.warehouse import build_warehouse
from analytics_assets.platform import Platform, Warehouse
from analytics_assets.privacy.fingerprint import refuse_other_key
from analytics_assets.settings.addresses import is_loopback
from analytics_assets.settings.environment import Environment, variable
from analytics_assets.vendors.segmetrics.resource import SegMetricsResource

_ADDRESSES = ("import_base_url", "track_base_url")


class Activation(Environment):
    """Which kinds of objects are sent."""

    switches: str | None = variable(
        SWITCH, "Kinds of objects that are sent to SegMetrics, comma-separated; empty = nothing"
    )

    def enabled(self) -> set[str]:
        """The kinds that are on, and `deletes` where it is.

        Raises:
            ConfigurationError: the variable lists something else.
        """
        return enabled(self.listed("switches"))

    def require(self, name: str) -> None:
        """Make sure that a kind is on.

        Raises:
            ConfigurationError: it is not.
        """
        if name not in self.enabled():
            what = f"activation/{name} is off"
            raise ConfigurationError(what, todo=f"Add {name} to {SWITCH}")


def open_workplace(  # noqa: PLR0913, PLR0917  all resources
    platform: Platform,
    warehouse: Warehouse,
    segmetrics: SegMetricsResource,
    tables: Sequence[Table],
    run_id: str,
    log: Callable[[str], object],
) -> Workplace:
    """Prepare the lake and the warehouse for the target of the settings.

    Raises:
        ConfigurationError: a setting is missing, or the addresses are partly a sandbox's.
        LakeError: the lake cannot be written, or what it holds is not for this target.
    """
    if missing := segmetrics.missing():
        what = f"segmetrics has no credentials: {missing} not set"
        raise ConfigurationError(what, todo="Set it in .env or in the environment")
    kind = segmetrics.lake_kind()
    for field in _ADDRESSES:
        if is_loopback(segmetrics.setting(field)) != (kind == "sandbox"):
            what = f"{segmetrics.variable_of(field)[0]} is of another kind than the reporting API"
            raise ConfigurationError(what, todo="Set both to the vendor, or both to a sandbox")
    privacy = platform.privacy(personal_data=True)
    lake = platform.lake()
    refuse_other_key(lake, privacy)
    lake.prepare(tables, kind)  # data of a sandbox never goes to the vendor
    build_warehouse(warehouse.path, lake, tables)
    return Workplace(
        lake=lake,
        warehouse=warehouse.path,
        privacy=privacy,
        config=platform.config(),
        target=target_name(
            segmetrics.setting("import_base_url"),
            segmetrics.setting("account_id"),
            segmetrics.required("integration_id"),
        ),
        timezone=segmetrics.zone(platform.zone()),
        run_id=run_id,
        log=log,
    )
