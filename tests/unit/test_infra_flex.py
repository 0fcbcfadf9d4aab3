"""The compiled function app has nothing that Azure refuses on a Flex Consumption plan."""

import json
from typing import Any

import pytest

from tests import arm, flex_consumption

pytestmark = arm.needs_bicep

# Resource types that Azure refuses without a location, though Bicep's types have none for them.
# https://github.com/Azure/bicep-types-az/issues/1527, and the same in #1504, #1529, #1566, #1571
NEED_A_LOCATION = {"Microsoft.Web/sites/basicPublishingCredentialsPolicies"}


def sites() -> list[arm.Resource]:
    """The function app and its child resources, with the variables of their module, which hold the settings."""
    found = [each for each in arm.resources() if each["type"].startswith("Microsoft.Web/sites")]
    return [*found, {"type": "variables", **arm.module("app")["variables"]}]


def test_there_is_a_site_to_look_at() -> None:
    """The app, two policies and the variables: an empty list would pass every test below."""
    assert len(sites()) >= 4


def test_nothing_is_sent_that_flex_consumption_refuses() -> None:
    """No property and no setting of the lists: Azure would end the deployment with error 51021."""
    assert {each["type"]: flex_consumption.refused(each) for each in sites() if flex_consumption.refused(each)} == {}


def test_no_optional_setting_is_one_that_flex_consumption_refuses() -> None:
    """An empty variable hides such a setting from the compiled template, so the names are compared."""
    assert set(arm.SETTINGS) & set(flex_consumption.SETTINGS) == set()


@pytest.mark.parametrize("name", ["ftpsState", "alwaysOn", "LinuxFxVersion", "vnetRouteAllEnabled"])
@pytest.mark.parametrize("place", ["siteConfig", "functionAppConfig", None])
def test_a_refused_property_is_found_wherever_it_is(name: str, place: str | None) -> None:
    """Beside `siteConfig` as well as in it, in any case of its letters."""
    site: dict[str, Any] = json.loads(json.dumps(arm.one("Microsoft.Web/sites")))
    target = site["properties"][place] if place else site["properties"]
    target[name] = "any"
    assert flex_consumption.refused(site) == {name}
    assert flex_consumption.refused({"siteConfig": f"[union(createObject('{name}', 'any'))]"}) == {name}


@pytest.mark.parametrize("name", flex_consumption.SETTINGS)
def test_a_refused_setting_is_found(name: str) -> None:
    """In the expression that makes the app's settings, and in a plain list."""
    expression = {"appSettings": f"[map(items(createObject('{name}', 'any')), lambda('setting'))]"}
    plain = {"appSettings": [{"name": name, "value": "any"}]}
    assert flex_consumption.refused(expression) == flex_consumption.refused(plain) == {name}


def test_a_resource_that_needs_a_location_has_one() -> None:
    """Azure refuses it otherwise (error 51008), and the compiler says nothing."""
    found = [each for each in arm.resources() if each["type"] in NEED_A_LOCATION]
    assert len(found) == 2
    assert [each["name"] for each in found if "location" not in each] == []
