"""Texts of flows.py that tests load, and numbers.toml that leads to them."""

from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
RESERVATIONS = (EXAMPLES / "reservations.py").read_text()
ORDERS = (EXAMPLES / "order_status.py").read_text()

NUMBER = "+351210000001"
NUMBERS = f"""\
[[numbers]]
number = "{NUMBER}"
name = "Front desk"
language = "pt"
greeting = "Bem-vindo."
menu.1 = {{ label = "reservas", flow = "reservations" }}
menu.2 = {{ label = "uma mensagem", voicemail = true }}
texts = {{ HORAS = "Das 9 às 18.", "*" = "Obrigado." }}
text_flow = "orders"
"""

# All that a team may import for a flow.
IMPORTS = """\
import asyncio, sys, time
from twilio.twiml.messaging_response import MessagingResponse
from twilio.twiml.voice_response import VoiceResponse
from switchboard.flows import Event, text_flow, voice_flow
"""


def voice(body: str, *, name: str = "reservations", define: str = "def") -> str:
    """A file with one voice flow whose body is one line."""
    return f'{IMPORTS}\n@voice_flow("{name}")\n{define} flow(call, number, context):\n    {body}\n'


def text(body: str, *, define: str = "def") -> str:
    """A file with the text flow `orders` whose body is one line."""
    return f'{IMPORTS}\n@text_flow("orders")\n{define} flow(message, number, context):\n    {body}\n'
