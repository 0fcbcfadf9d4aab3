"""The checklist's table of routes: each route of the app is in it, with the protection that its function has."""

from pathlib import Path

import pytest

from local.functions_host.functions import load
from ops.errors import OpsError
from verify.routes import RULES, AppRoute, Rule, app_routes

ROOT = Path(__file__).parents[2]
NAMES = {"sid": "0" * 32, "account": "AC" + "0" * 32}


def test_every_route_of_the_app_has_a_rule() -> None:
    """`app_routes` raises for one without."""
    routes = {route.template for route in app_routes()}
    assert routes <= set(RULES)
    assert len(routes) >= 15


def test_a_route_without_a_rule_is_an_error() -> None:
    """Nobody has said how it is protected, so the checklist does not run."""
    rules = {name: rule for name, rule in RULES.items() if name != "voice/menu"}
    with pytest.raises(OpsError, match=r"no rule for voice/menu: add to RULES in verify/routes\.py"):
        app_routes(rules)


def levels() -> dict[str, str]:
    """The auth level of each route, as its function declares it."""
    functions = [each.trigger for each in load(ROOT, {}) if each.trigger.kind == "httpTrigger"]
    return {trigger.text("route"): trigger.text("authLevel") for trigger in functions}


@pytest.mark.parametrize("route", app_routes(), ids=lambda route: route.template)
def test_a_rule_has_the_auth_level_of_its_function(route: AppRoute) -> None:
    """A function key is checked by Azure, everything else by the app itself."""
    assert levels()[route.template].endswith("FUNCTION") == (route.rule.protection == "function key")


@pytest.mark.parametrize(
    "route", [each for each in app_routes() if each.rule.protection == "signature"], ids=lambda route: route.template
)
def test_a_signed_route_has_a_webhook_for_each_method(route: AppRoute) -> None:
    """With the run's own SIDs, no place left open, and the form in the query for GET."""
    webhooks = list(route.webhooks(NAMES))
    assert {webhook.method for webhook in webhooks} == set(route.methods)
    for webhook in webhooks:
        assert "{" not in webhook.path
        assert NAMES["sid"] in webhook.path + "".join(webhook.form.values())
        assert bool(webhook.form) == (webhook.method == "POST")


def test_an_optional_parameter_is_left_out_of_a_path() -> None:
    """A page at its own address, without a slash at the end; a value that a route needs is in its place."""
    page = AppRoute("client/{file?}", "/api", ("GET",), Rule("public"))
    call = AppRoute(
        "client/calls/{sid}/{action}", "/api", ("POST",), Rule("agent key", {"sid": "CA{sid}", "action": "x"})
    )
    assert page.path(NAMES) == "/api/client"
    assert call.path(NAMES) == f"/api/client/calls/CA{'0' * 32}/x"
