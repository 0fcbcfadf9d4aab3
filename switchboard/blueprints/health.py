"""`/api/health`: for monitors, public, without secrets or numbers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import azure.functions as func

if TYPE_CHECKING:
    from switchboard.health import Health

blueprint = func.Blueprint()


@functools.cache
def health_of_worker() -> Health:
    """Returns the health of this worker. Each check reads the current services: wrong settings are one of its findings.

    Not built with the services, because without valid settings there are none.
    """
    from switchboard import services
    from switchboard.errors import ConfigurationError
    from switchboard.health import Health

    async def check_settings() -> None:
        if problems := services.current().settings.ignored:
            raise ConfigurationError("; ".join(problems))

    async def check_numbers() -> None:
        if problems := [each.public for each in services.current().numbers.problems if not each.warning]:
            raise ConfigurationError("; ".join(problems))

    async def check_flows() -> None:
        from switchboard.flows import references

        await references.check(services.current().flows, services.current().numbers)

    async def check_secrets() -> None:
        await services.current().secrets.check()

    async def check_queues() -> None:
        await services.current().queues.check()

    async def check_tables() -> None:
        await services.current().ledger.check()

    return Health(
        {
            "settings": check_settings,
            "numbers": check_numbers,
            "flows": check_flows,
            "secrets": check_secrets,
            "queues": check_queues,
            "tables": check_tables,
        }
    )


@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Returns 200 when everything is configured and reachable, else 503; the JSON has the problems and remedies."""
    import msgspec

    report = await health_of_worker().report()
    body = msgspec.json.encode(report)
    return func.HttpResponse(body, status_code=200 if report.ok else 503, mimetype="application/json")
