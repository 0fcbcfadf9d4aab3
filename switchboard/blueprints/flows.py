"""`/api/flows/{name}`: a step of a voice flow of flows.py. Depends on no storage: a caller is on the line."""

from __future__ import annotations

import azure.functions as func

from switchboard.blueprints.webhook import apologize, flow_twiml, verify, webhook

blueprint = func.Blueprint()


@blueprint.route("flows/{name}", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def flow(req: func.HttpRequest) -> func.HttpResponse:
    """A call reached a flow, or the flow's next step. An unsigned request does not learn which flows exist."""
    verified = await verify(req)

    from switchboard import services
    from switchboard.flows.answering import Surroundings, answer_call
    from switchboard.flows.reporting import report

    current = services.current()
    ran = await answer_call(Surroundings.of(current), req.route_params.get("name", ""), verified)
    await report(ran, current.events)
    return flow_twiml(ran.document, ran.traceback_header() if current.settings.local else "")
