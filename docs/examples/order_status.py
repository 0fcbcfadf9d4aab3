"""The state of an order by text, from an HTTP API of yours. `FLOW_ORDERS_URL` is a setting of the app."""

import re

import aiohttp
from twilio.twiml.messaging_response import MessagingResponse

from switchboard.flows import Context, Message, Number, text_flow

ORDER = re.compile(r"\b[0-9]{4,10}\b")
SECONDS = 4


@text_flow("orders")
async def orders(message: Message, number: Number, context: Context) -> MessagingResponse:
    """Answers with the state of the order whose number is in the text."""
    response = MessagingResponse()
    found = ORDER.search(message.body)
    if not found:
        response.message("Please send us the number of your order, as 12345.")
        return response
    try:
        response.message(f"Your order {found[0]}: {await state_of(found[0], context)}.")
    except (aiohttp.ClientError, TimeoutError, KeyError):
        context.logger.exception("the API did not answer")
        response.message("We cannot look at your order at the moment. Please try again later.")
    return response


async def state_of(order: str, context: Context) -> str:
    """Requests the order, with a time-out of its own that is shorter than that of flows."""
    limits = aiohttp.ClientTimeout(total=SECONDS)
    async with (
        aiohttp.ClientSession(timeout=limits, raise_for_status=True) as session,
        session.get(f"{context.settings['FLOW_ORDERS_URL']}/orders/{order}") as answer,
    ):
        read = await answer.json()
    return str(read["state"])
