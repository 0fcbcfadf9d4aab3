"""How each route of the app is protected, and a request for each that Twilio signs.

The list of routes is the app's own. A route that is not in the table makes the checklist fail: somebody must say how it
is protected.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlencode

from local.functions_host.functions import load
from local.functions_host.host_json import HostJson
from local.functions_host.options import HostError
from local.functions_host.routes import PARAMETER, Route
from local.settings import ROOT
from ops.errors import OpsError

# signature: Twilio's. function key: Azure checks it. agent key: the app checks it. public: everybody may ask.
Protection = Literal["signature", "function key", "agent key", "public"]
CALLER, CALLED = "+15005550010", "+15005550006"

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """The protection of a route, and for a signed one the parts of a webhook and the statuses of its answer.

    `place` are the values of the route's own parameters, without the optional ones. `{sid}` in a value becomes 32 hex
    digits of this run. For a route with an agent key, `json` is a request with a wrong key, and `statuses` are its
    answers.
    """

    protection: Protection
    place: Fields = field(default_factory=dict)
    query: Fields = field(default_factory=dict)
    form: Fields = field(default_factory=dict)
    json: str = ""
    statuses: tuple[int, ...] = (200,)


@dataclass(frozen=True)
class Webhook:
    """A request of Twilio's. `path` begins with a slash, and has the query; `form` is empty for GET."""

    method: str
    path: str
    form: Fields
    statuses: tuple[int, ...]

    @property
    def name(self) -> str:
        """For a line of output."""
        return f"{self.method} {self.path.partition('?')[0]}"


CALL: Fields = {
    "CallSid": "CA{sid}",
    "AccountSid": "{account}",
    "From": CALLER,
    "To": CALLED,
    "CallStatus": "in-progress",
    "Direction": "inbound",
    "ApiVersion": "2010-04-01",
}
TEXT: Fields = {"MessageSid": "SM{sid}", "AccountSid": "{account}", "From": CALLER, "To": CALLED}
RECORDING: Fields = {"RecordingSid": "RE{sid}", "CallSid": "CA{sid}", "RecordingUrl": "https://example.com/RE"}


def _call(**form: str) -> Rule:
    return Rule("signature", form={**CALL, **form})


def _status(form: Fields) -> Rule:
    return Rule("signature", form=form, statuses=(204,))


def _agent_key(json: str, **place: str) -> Rule:
    """501: the app has no TwiML application, so it gives nobody a token."""
    return Rule("agent key", place=place, json=json, statuses=(401, 403, 501))


RULES: dict[str, Rule] = {
    "voice/incoming": _call(CallStatus="ringing"),
    "voice/menu": _call(Digits="1"),
    "voice/dialed": _call(DialCallStatus="no-answer"),
    "voice/recorded": _call(**RECORDING),
    "voice/hold": _call(QueuePosition="2", QueueTime="60"),
    "voice/agent": _call(Digits="0000"),
    "voice/screen": _call(),
    "flows/{name}": Rule("signature", place={"name": "verify"}, form=CALL),
    "sms/incoming": Rule("signature", form={**TEXT, "Body": "Verify {sid}", "NumMedia": "0", "NumSegments": "1"}),
    "status/sms": _status({**TEXT, "MessageStatus": "sent", "SmsStatus": "sent"}),
    "status/call": _status({**CALL, "CallStatus": "completed", "CallDuration": "1"}),
    "status/recording": _status({**RECORDING, "RecordingStatus": "absent"}),
    "twimlets/{name}": Rule("signature", place={"name": "message"}, query={"Message[0]": "Hello."}, form=CALL),
    "twimlets": Rule("function key"),
    "client/voice": _call(From="client:verify"),
    "client/token": _agent_key('{"agent": "verify", "key": "wrong"}'),
    "client/calls/{sid}/{action}": _agent_key("{}", sid="CA{sid}", action="hangup"),
    "client/{file?}": Rule("public"),
    "health": Rule("public"),
}


@dataclass(frozen=True)
class AppRoute:
    """A route of the app: its template without the prefix, its path's beginning, its methods, and its rule."""

    template: str
    prefix: str
    methods: tuple[str, ...]
    rule: Rule

    def path(self, names: Fields) -> str:
        """Returns the path, with the values of its own parameters."""
        place = {name: value.format(**names) for name, value in self.rule.place.items()}
        path = PARAMETER.sub(lambda found: place.get(found["name"], ""), self.template)
        return f"{self.prefix}/{path}".rstrip("/")

    def webhooks(self, names: Fields) -> Iterator[Webhook]:
        """Yields a webhook for each of the methods. `names` has sid and account."""
        form = {name: value.format(**names) for name, value in self.rule.form.items()}
        for method in self.methods:
            query = {**self.rule.query, **(form if method == "GET" else {})}
            path = self.path(names) + (f"?{urlencode(query)}" if query else "")
            yield Webhook(method, path, {} if method == "GET" else form, self.rule.statuses)


def app_routes(rules: Mapping[str, Rule] = RULES) -> list[AppRoute]:
    """Returns each HTTP route of function_app.py. Raises OpsError for a route without a rule."""
    prefix = f"/{HostJson.read(ROOT, os.environ).route_prefix}"
    found = {route.template.removeprefix(f"{prefix}/"): route.methods for route in _routes(prefix)}
    unknown = [template for template in found if template not in rules]
    if unknown:
        raise OpsError(f"no rule for {', '.join(unknown)}: add to RULES in verify/routes.py how each is protected")
    return [AppRoute(name, prefix, methods or ("GET", "POST"), rules[name]) for name, methods in found.items()]


@functools.cache
def _routes(prefix: str) -> list[Route]:
    """Returns the app's routes. Importing the app more than once in a process would register it again."""
    try:
        functions = load(ROOT, os.environ)
    except HostError as error:
        raise OpsError(str(error)) from error
    return [Route.of(each, prefix.strip("/")) for each in functions if each.trigger.kind == "httpTrigger"]
