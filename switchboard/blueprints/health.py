"""`/api/health`: for monitors, open to anybody, without a secret or a number."""

from __future__ import annotations

import azure.functions as func
import msgspec

from switchboard import services

blueprint = func.Blueprint()


@blueprint.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 when everything is configured and reachable, else 503; which, and what to do, in the JSON."""
    report = await services.health.report()
    body = msgspec.json.encode(report)
    return func.HttpResponse(body, status_code=200 if report.ok else 503, mimetype="application/json")
