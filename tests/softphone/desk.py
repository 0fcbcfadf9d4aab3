"""All that `make run` starts, the phone page, and agents at the softphone page of the app itself."""

from __future__ import annotations

import asyncio
import functools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Page

from local.addresses import origin
from local.ledger import showing_refusals
from local.local_secrets import FILE_VARIABLE, ensure, missing_keys
from local.parts import HostProcess
from local.storage import Azurite, StorageOptions
from local.twilio.options import Pace
from local.twilio.server import StandIn
from switchboard.queues import EVENTS, OUTBOXES
from tests.browser.chromium import Browser, Shared, expect
from tests.browser.chromium import opening as opening_phone
from tests.browser.served import OPERATOR, Stack, standin_options
from tests.fakes import ENVIRONMENT
from tests.functional.softphones import APPLICATION, KEY_SID
from tests.integration.queues import FREQUENT_POLLING, open_queues
from tests.ports import free_port
from tests.softphone.stack import FOLDER, HERTZ, PHONE_HERTZ, handset_hears, hears, until

NUMBER = ENVIRONMENT["TWILIO_FROM"]
NUMBERS = f"""
caller_id = "{NUMBER}"
[agents]
alice = {{ client = "alice", number = "{OPERATOR}" }}
bob = {{ client = "bob" }}
[queues.support]
agents = ["bob"]
[[numbers]]
number = "{NUMBER}"
name = "Front desk"
greeting = "Welcome."
menu.1 = {{ label = "Alice", ring = ["alice"], seconds = 5 }}
menu.2 = {{ label = "support", queue = "support" }}
otherwise = {{ voicemail = "Leave a message." }}
"""
# An idle queue's next poll, and the start of the ringing after it.
QUEUE_PACE = Pace(step=0.05, ring=0.05, longest_wait=0.05, hearing=0.02, waiting=1)
# The SDK keeps its connection to itself: this keeps every one that the page makes.
KEEPING = """
window.connections = [];
window.RTCPeerConnection = class extends window.RTCPeerConnection {
  constructor(...given) { super(...given); window.connections.push(this); }
};
"""
KEEPING_DEVICES = """() => {
  window.devices = [];
  Twilio.Device = class extends Twilio.Device {
    constructor(...given) { super(...given); window.devices.push(this); }
  };
}"""
PACKETS = """async () => {
  const found = { sent: 0, received: 0 };
  for (const connection of window.connections) {
    (await connection.getStats()).forEach((each) => {
      if (each.type === "outbound-rtp") found.sent += each.packetsSent;
      if (each.type === "inbound-rtp") found.received += each.packetsReceived;
    });
  }
  return found;
}"""
LOUDEST = """async () => {
  const track = window.connections.at(-1)?.getReceivers()[0]?.track;
  return track ? window.strongest((context) => context.createMediaStreamSource(new MediaStream([track]))) : -1;
}"""


@dataclass
class Agent:
    """An agent at the softphone page."""

    page: Page
    home: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    async def press(self, name: str) -> None:
        """Clicks a button by its name."""
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def shows(self, stage: str) -> None:
        """The telephone comes to be idle, ringing, or in a call."""
        await expect(self.page.locator("#stage")).to_have_attribute("data-stage", stage)

    async def says(self, sentence: str) -> None:
        """The telephone comes to say this."""
        await expect(self.page.locator("#stage")).to_contain_text(sentence)

    async def is_linked(self, link: str) -> None:
        """The page comes to say this of its connection."""
        await expect(self.page.locator("#link")).to_have_attribute("data-link", link)

    async def dials(self, to: str) -> None:
        """Calls a number."""
        await self.page.get_by_label("Number to call").fill(to)
        await self.press("Call")

    async def hears(self, hertz: int) -> None:
        """Waits until the call hears that tone."""
        await hears(lambda: self.page.evaluate(LOUDEST), hertz)

    async def sends_and_receives(self) -> None:
        """Packets flow in both directions."""
        before = await self.page.evaluate(PACKETS)
        await asyncio.sleep(0.5)
        now = await self.page.evaluate(PACKETS)
        assert all(now[way] > before[way] + 10 for way in ("sent", "received")), (before, now)


@dataclass(frozen=True)
class AgentStack(Stack):
    """The whole stack. `home` is the app's address, `keys` are the agents' keys, `log` is what the app logs."""

    home: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    restart: Callable[[], Any] = field(default=asyncio.Event)


@dataclass
class Desk:
    """The phone page and the agents."""

    phone: Browser
    open: Callable[[int], Any]

    @property
    def stack(self) -> AgentStack:
        """The whole stack."""
        assert isinstance(self.phone.stack, AgentStack)
        return self.phone.stack

    async def agent(self, name: str, *, hertz: int | None = None) -> Agent:
        """Opens the softphone page, signs in, and waits until calls ring."""
        agent: Agent = await self.open(HERTZ[name] if hertz is None else hertz)
        await agent.page.get_by_label("Agent name").fill(name)
        await agent.page.get_by_label("Key", exact=True).fill(self.stack.keys[name])
        await agent.press("Sign in")
        await agent.is_linked("ready")
        return agent

    async def handset_hears(self, number: str, hertz: int) -> None:
        """Waits until a handset of the phone page hears that tone."""
        await handset_hears(self.phone.page, number, hertz)

    async def logged(self, words: str) -> str:
        """Waits for a line of the app's log with these words, and returns it."""

        async def found() -> str:
            return next((line for line in self.stack.log if words in line), "")

        return str(await until(found, f"{words!r} in the log"))


@asynccontextmanager
async def running(folder: Path, pace: Pace) -> AsyncIterator[AgentStack]:
    """Azurite, the app's host with the two agents, the stand-in and its follower, each on free ports."""
    storage = StorageOptions(blob=free_port(), queue=free_port(), table=free_port(), folder=None)
    port, host_port = free_port(), free_port()
    secrets, numbers = folder / "local.secrets.json", folder / "numbers.toml"
    numbers.write_text(NUMBERS)
    environ = {
        **os.environ,
        **ENVIRONMENT,
        **FREQUENT_POLLING,
        "AzureWebJobsStorage": storage.connection_string,
        "TWILIO_API_BASE_URL": origin(port),
        "TWILIO_API_KEY_SID": KEY_SID,
        "TWILIO_TWIML_APP_SID": APPLICATION,
        FILE_VARIABLE: str(secrets),
    }
    options = replace(
        standin_options(origin(host_port), pace, port),
        api_key_sid=KEY_SID,
        api_key_secret=ensure(secrets).api_key_secret,
        twiml_app_sid=APPLICATION,
    )
    log: list[str] = []
    keys = missing_keys(secrets, ("alice", "bob"))
    async with (
        Azurite(storage),
        open_queues(storage.connection_string) as queues,
        StandIn(options) as standin,
        HostProcess(host_port, 600, numbers, environ, showing_refusals(standin, log.append)) as host,
    ):
        await queues.empty(EVENTS, *OUTBOXES)
        yield AgentStack(
            standin,
            lambda queue, body: queues.put(body, queue=queue),
            home=origin(host_port),
            keys=keys,
            log=log,
            restart=host.restart,
        )


@asynccontextmanager
async def opening(shared: Shared, folder: Path, pace: Pace = QUEUE_PACE) -> AsyncIterator[Desk]:
    """The phone page, open; at the end no page has complained, or requested anything from another machine."""
    ear = (FOLDER / "listening.js").read_text()
    stack: Callable[[Pace], AbstractAsyncContextManager[Stack]] = functools.partial(running, folder)
    async with (
        opening_phone(shared, pace, stack=stack, script=ear.replace("HERTZ", str(PHONE_HERTZ))) as phone,
        AsyncExitStack() as contexts,
    ):
        agents: list[Agent] = []

        async def open_page(hertz: int) -> Agent:
            context = await shared.chromium.new_context(permissions=["microphone"], locale="en-GB")
            contexts.push_async_callback(context.close)
            page = await context.new_page()
            page.set_default_timeout(10_000)
            assert isinstance(phone.stack, AgentStack)
            agent = Agent(page, phone.stack.home)
            agents.append(agent)
            _watch(agent, phone.stack.standin.url)
            await page.add_init_script(ear.replace("HERTZ", str(hertz)) + KEEPING)
            await page.goto(f"{phone.stack.home}/api/client")
            await page.evaluate(KEEPING_DEVICES)
            return agent

        yield Desk(phone, open_page)
        assert [agent.elsewhere for agent in agents] == [[] for _ in agents]
        assert [agent.complaints for agent in agents] == [[] for _ in agents]


def _watch(agent: Agent, standin: str) -> None:
    """Keeps what the page complains of, and what it requests from anybody but the app and the stand-in."""
    own = {urlsplit(agent.home).netloc, urlsplit(standin).netloc}

    def look(url: str) -> None:
        if urlsplit(url).netloc not in own:
            agent.elsewhere.append(url)

    def complain(kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            agent.complaints.append(text)

    agent.page.on("request", lambda request: look(request.url))
    agent.page.on("websocket", lambda socket: look(socket.url))
    agent.page.on("console", lambda message: complain(message.type, message.text))
    agent.page.on("pageerror", lambda error: agent.complaints.append(str(error)))
