"""What holds for the declarations and settings of every vendor."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from analytics_assets.errors import ConfigurationError
from analytics_assets.ingest.connection import VendorConnection
from analytics_assets.ingest.declare import Endpoint, Vendor
from analytics_assets.sandbox.environment import sandbox_environment
from analytics_assets.vendors import VENDORS

ENDPOINTS = [(vendor, endpoint) for vendor, _ in VENDORS for endpoint in vendor.endpoints]
_of_endpoints = pytest.mark.parametrize(
    ("vendor", "endpoint"), ENDPOINTS, ids=[f"{v.name}/{e.name}" for v, e in ENDPOINTS]
)
_of_resources = pytest.mark.parametrize("kind", [kind for _, kind in VENDORS])


@_of_endpoints
def test_a_table_explains_itself(vendor: Vendor, endpoint: Endpoint) -> None:
    """An analyst would see columns without knowing what they are or where they come from."""
    assert endpoint.grain.startswith("One row per ")
    assert endpoint.tenant_column in {"site_id", "account_id"}
    assert urlsplit(endpoint.docs_url).scheme == "https"
    assert vendor.title
    for column in endpoint.columns:
        assert column.description.endswith("."), column.name


@_of_endpoints
def test_what_identifies_a_row_is_required(vendor: Vendor, endpoint: Endpoint) -> None:
    """Rows without a key would be dropped as duplicates of each other."""
    del vendor
    required = {column.name for column in endpoint.columns if column.required}
    assert set(endpoint.key) <= required
    assert endpoint.day_column is None or endpoint.day_column in required


@_of_endpoints
def test_a_column_does_not_take_a_name_of_the_platform(vendor: Vendor, endpoint: Endpoint) -> None:
    """The partition or the tenant would be overwritten by a field of the vendor."""
    del vendor
    names = [column.name for column in endpoint.columns]
    assert not {"day", "_extra", "_loaded_at", "_load_id", "_run_id"} & set(names)
    assert endpoint.tenant_column not in names
    assert len(names) == len(set(names))


def test_vendors_start_at_different_minutes() -> None:
    """All daily runs would begin at once."""
    assert len({vendor.minute for vendor, _ in VENDORS}) == len(VENDORS)
    assert [vendor.name for vendor, _ in VENDORS] == [kind.vendor for _, kind in VENDORS]


@_of_resources
def test_without_credentials_the_missing_variable_is_named(
    kind: type[VendorConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user would have to guess what to set."""
    for name, _, _ in kind.variables():
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigurationError, match=rf"{kind.vendor.upper()}_\w+.* not set"):
        kind().connect("UTC")


@_of_resources
@pytest.mark.parametrize(
    ("suffix", "value"),
    [("TIMEZONE", "Mars/Base"), ("REQUESTS_PER_MINUTE", "many"), ("REQUESTS_PER_MINUTE", "0")],
)
def test_a_setting_that_cannot_be_used_is_named(
    kind: type[VendorConnection], suffix: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would end in a traceback in the middle of a run."""
    for name, setting in sandbox_environment(1).items():
        monkeypatch.setenv(name, setting)
    variable = f"{kind.vendor.upper()}_{suffix}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=f"{variable} is '{value}'"):
        kind().connect("UTC")


@_of_resources
def test_an_address_that_cannot_be_used_names_its_own_variable(
    kind: type[VendorConnection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """SegMetrics has three addresses: the message would name one that does not exist."""
    for name, setting in sandbox_environment(1).items():
        monkeypatch.setenv(name, setting)
    field = next(name for name in kind.model_fields if name.endswith("base_url"))
    variable = kind.variable_of(field)[0]
    monkeypatch.setenv(variable, "http://elsewhere.example")
    with pytest.raises(ConfigurationError, match=f"{variable} is .* not https"):
        kind().connect("UTC")


@_of_resources
def test_secrets_do_not_show_in_a_resource(kind: type[VendorConnection]) -> None:
    """The orchestrator prints resources in its pages and logs."""
    secret = [name for name in kind.model_fields if kind.variable_of(name)[2]]
    assert secret
    shown = repr(kind(**dict.fromkeys(secret, "hush-hush")))
    assert "hush-hush" not in shown
