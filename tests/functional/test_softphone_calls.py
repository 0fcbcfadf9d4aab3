"""Calls to and from softphones: the signalling, the app's webhooks and the sound, each from its own side."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from local.twilio.handsets import Handset
from local.twilio.options import Pace
from tests.functional.softphones import APPLICATION, VOICE, Sdk, Softphones, softphones, token
from tests.functional.twilio_standin_app import NUMBER, PHONE, answer_steps, eventually, fields_of, rest, twiml

BRISK = Pace(step=0.01, ring=0.01, longest_wait=0.005, hearing=0.01, waiting=0.1, reconnect=0.5)
HEARTBEAT = 0.05
OPERATOR = "+15005550009"
DIAL = (
    '<Dial action="dialed" timeout="20"><Client><Identity>alice</Identity>'
    '<Parameter name="queue" value="a &amp; b"/></Client></Dial>'
)


def softphones_of(**changes: object) -> AbstractAsyncContextManager[Softphones]:
    """An app and a stand-in in which a person's second takes a tenth of one."""
    return softphones(**{"pace": BRISK, **changes})


async def call_app(phones: Softphones, **wishes: object) -> asyncio.Task[Any]:
    """Call the app from a script, in the background."""

    async def post() -> list[str]:
        body = {"from": PHONE, **wishes}
        headers = {"x-functions-key": phones.standin.key}
        async with phones.session.post(phones.standin.url + "/standin/calls", json=body, headers=headers) as response:
            steps = (await response.json())["steps"]
            return [sentence for step in steps for sentence in step["sentences"]]

    return asyncio.create_task(post())


async def answered(sdk: Sdk) -> str:
    """Answer what rings, and return the call's SID."""
    invitation = await sdk.receive("invite")
    await sdk.send("answer", callsid=invitation["callsid"], sdp="answer of the SDK")
    return str(invitation["callsid"])


async def test_a_dialled_client_rings_and_answers() -> None:
    """It gets the page's offer and the custom parameters; the page gets its answer."""
    async with softphones_of() as phones, phones.page() as page, phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        calling = await call_app(phones)
        invitation = await sdk.receive("invite")
        call = invitation["callsid"]
        assert invitation["sdp"] == "offer of the page"
        assert invitation["parameters"]["Params"] == "queue=a%20%26%20b"
        assert {**invitation["parameters"], "Params": ""} == {
            "CallSid": call,
            "AccountSid": phones.standin.account.sid,
            "From": PHONE,
            "To": "client:alice",
            "Params": "",
        }
        await sdk.send("answer", callsid=call, sdp="answer of the SDK")
        await eventually(lambda: page.did("accept") == [f"accept {call} answer of the SDK"])
        await sdk.send("hangup", callsid=call)
        assert "client:alice answers" in await calling
        assert fields_of(phones.app, "dialed", "DialCallStatus", "DialBridged", "DialCallSid") == (
            "completed",
            "true",
            call,
        )
        assert page.did("close") == [f"close {call}"]


async def test_a_declined_call_is_busy() -> None:
    """As Twilio reports a client that rejects."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        calling = await call_app(phones)
        await sdk.send("reject", callsid=(await sdk.receive("invite"))["callsid"])
        await calling
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("busy",)


async def test_an_unanswered_call_is_canceled() -> None:
    """At the end of the Dial's timeout it stops ringing."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL.replace('"20"', '"1"'), dialed="<Hangup/>")
        calling = await call_app(phones)
        call = (await sdk.receive("invite"))["callsid"]
        assert (await sdk.receive("cancel"))["callsid"] == call
        await calling
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("no-answer",)


async def test_a_call_from_a_handset_that_hangs_up_first_is_hung_up() -> None:
    """An answered softphone gets `hangup`."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL)
        calling = await call_app(phones)
        call = await answered(sdk)
        (caller,) = [each for each in phones.standin.account.calls.values() if each.direction == "inbound"]
        await eventually(lambda: phones.standin.account.calls[call].status == "in-progress")
        client = rest(phones.standin)
        await asyncio.to_thread(client.calls(caller.sid).update, status="completed")
        assert (await sdk.receive("hangup"))["callsid"] == call
        await calling


async def test_a_client_that_is_not_registered_does_not_answer() -> None:
    """At once: the Dial does not ring for its timeout."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token("bob"), register=True):
        answer_steps(phones.app, incoming=DIAL.replace('"20"', '"600"'), dialed="<Hangup/>")
        await (await call_app(phones))
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("no-answer",)


async def test_a_client_that_is_away_is_not_rung() -> None:
    """`unregister` of the SDK waits for `offline`."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        await sdk.send("register", media={"audio": False})
        await sdk.receive("offline")
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        await (await call_app(phones))
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("no-answer",)
        assert "invite" not in sdk.seen


async def test_a_script_plays_a_client_without_a_softphone() -> None:
    """Tests and demos describe it as they describe a handset."""
    async with softphones_of() as phones:
        phones.standin.handsets.by_number["client:alice"] = Handset(called="busy")
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        await (await call_app(phones))
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("busy",)


async def test_a_client_in_a_call_is_busy() -> None:
    """The second caller hears so at once."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        first = await call_app(phones)
        call = await answered(sdk)
        await eventually(lambda: phones.standin.account.calls[call].status == "in-progress")
        await (await call_app(phones, **{"from": "+15005550010"}))
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("busy",)
        await sdk.send("hangup", callsid=call)
        await first


async def test_all_devices_of_an_identity_ring_and_one_gets_the_call() -> None:
    """The other stops ringing; one that answers too late is hung up."""
    async with (
        softphones_of() as phones,
        phones.page(),
        phones.sdk(token(), register=True) as desk,
        phones.sdk(token(), register=True) as laptop,
    ):
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        calling = await call_app(phones)
        invited = await laptop.receive("invite")
        call = await answered(desk)
        assert invited["callsid"] == call
        assert (await laptop.receive("cancel"))["callsid"] == call
        await laptop.send("answer", callsid=call, sdp="too late")
        assert (await laptop.receive("hangup"))["callsid"] == call
        await desk.send("hangup", callsid=call)
        await calling


async def test_a_device_that_goes_while_ringing_does_not_answer() -> None:
    """The Dial ends without its timeout when no other device rings."""
    async with softphones_of() as phones, phones.page():
        answer_steps(phones.app, incoming=DIAL.replace('"20"', '"600"'), dialed="<Hangup/>")
        async with phones.sdk(token(), register=True) as sdk:
            calling = await call_app(phones)
            await sdk.receive("invite")
        await calling
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("no-answer",)


async def test_without_the_phone_page_a_dialled_client_gets_an_error() -> None:
    """The person sees it, and the caller continues."""
    async with softphones_of() as phones, phones.sdk(token(), register=True) as sdk:
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        calling = await call_app(phones)
        error = (await sdk.receive("error"))["error"]
        assert error["code"] == 53405
        assert "open the phone page" in error["message"]
        await calling
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("failed",)


async def test_an_outgoing_call_asks_the_application() -> None:
    """Signed, with the page's To and parameters, and Twilio's own as only Twilio sets them."""
    query = "To=%2B15005550009&From=%2B19&CallSid=CAevil&AccountSid=ACevil&Called=evil&note=a%20b"
    async with softphones_of() as phones, phones.page() as page, phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Say>Hello.</Say>")
        call = await sdk.invite(query)
        answer = await sdk.receive("answer")
        assert (answer["callsid"], answer["sdp"]) == (call, "answer of the page")
        ended = await sdk.receive("hangup")
        assert ended == {"callsid": call}
        (request,) = phones.app.to(VOICE)
        assert request.signed
        wanted = {
            "From": "client:alice",
            "Caller": "client:alice",
            "To": OPERATOR,
            "Called": OPERATOR,
            "CallSid": call,
            "AccountSid": phones.standin.account.sid,
            "ApplicationSid": APPLICATION,
            "Direction": "inbound",
            "note": "a b",
        }
        assert {name: request.fields[name] for name in wanted} == wanted
        assert page.did("play") == [f"play {call} say"]


async def test_an_outgoing_call_is_connected_to_another_softphone() -> None:
    """Both ends are connected by their calls, and disconnected at the end."""
    async with (
        softphones_of() as phones,
        phones.page() as page,
        phones.sdk(token("alice")) as alice,
        phones.sdk(token("bob"), register=True) as bob,
    ):
        phones.app.answers[VOICE] = twiml("<Dial><Client>bob?note=hello</Client></Dial>")
        call = await alice.invite("To=client%3Abob")
        invitation = await bob.receive("invite")
        assert invitation["parameters"]["From"] == "client:alice"
        assert invitation["parameters"]["Params"] == "note=hello"
        other = invitation["callsid"]
        await bob.send("answer", callsid=other, sdp="answer of bob")
        await eventually(lambda: bool(page.did("connect")))
        assert [sorted(each.split()[1:]) for each in page.did("connect")] == [sorted([call, other])]
        await alice.send("hangup", callsid=call)
        assert (await bob.receive("hangup"))["callsid"] == other


@pytest.mark.parametrize("verb", ["<Reject/>", "<Reject reason='busy'/>"])
async def test_a_rejected_outgoing_call_has_an_error(verb: str) -> None:
    """The SDK makes its own error of the code."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml(verb)
        await sdk.invite()
        code = (await sdk.receive("hangup"))["error"]["code"]
        assert code == (31486 if "busy" in verb else 31480)


async def test_without_the_phone_page_an_outgoing_call_ends_with_an_error() -> None:
    """The app is not asked."""
    async with softphones_of() as phones, phones.sdk(token()) as sdk:
        call = await sdk.invite()
        ended = await sdk.receive("hangup")
        assert (ended["callsid"], ended["error"]["code"]) == (call, 53405)
        assert phones.app.requests == []
        assert phones.standin.account.calls[call].status == "failed"


async def test_keys_reach_a_gather() -> None:
    """The digits come over the signalling."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml('<Gather numDigits="2" timeout="50" action="/menu"><Say>Two.</Say></Gather>')
        phones.app.answers["/menu"] = twiml("<Hangup/>")
        call = await sdk.invite()
        await sdk.receive("answer")
        await sdk.send("dtmf", callsid=call, dtmf="1w#")
        await sdk.send("dtmf", callsid=call, dtmf="2")
        await sdk.receive("hangup")
        assert [request.fields["Digits"] for request in phones.app.to("/menu")] == ["1"]


async def test_a_message_ends_by_a_key() -> None:
    """Its length is kept, and the key reaches the action."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml('<Record action="/recorded" finishOnKey="#" maxLength="60"/>')
        phones.app.answers["/recorded"] = twiml("<Hangup/>")
        call = await sdk.invite()
        await sdk.receive("answer")
        await asyncio.sleep(0.25)
        await sdk.send("dtmf", callsid=call, dtmf="1#")
        await sdk.receive("hangup")
        (request,) = phones.app.to("/recorded")
        assert request.fields["Digits"] == "#"
        assert 2 <= int(request.fields["RecordingDuration"]) <= 10


async def test_a_message_ends_by_a_hang_up() -> None:
    """It is kept, as from a handset."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml('<Record action="/recorded" maxLength="60"/>')
        call = await sdk.invite()
        await sdk.receive("answer")
        await asyncio.sleep(0.15)
        await sdk.send("hangup", callsid=call)
        await eventually(lambda: bool(phones.app.to("/recorded")))
        assert phones.app.to("/recorded")[0].fields["Digits"] == "hangup"


async def test_softphones_meet_in_a_conference() -> None:
    """Each is connected to each other one, and disconnected when it leaves."""
    async with (
        softphones_of() as phones,
        phones.page() as page,
        phones.sdk(token("alice")) as alice,
        phones.sdk(token("bob")) as bob,
        phones.sdk(token("carol")) as carol,
    ):
        phones.app.answers[VOICE] = twiml("<Dial><Conference>room</Conference></Dial>")
        calls = [await sdk.invite("To=room") for sdk in (alice, bob, carol)]
        for sdk in (alice, bob, carol):
            await sdk.receive("answer")
        await eventually(lambda: len(page.did("connect")) == 3)
        pairs = {frozenset(each.split()[1:]) for each in page.did("connect")}
        first, second, third = calls
        assert pairs == {frozenset(pair) for pair in ((first, second), (first, third), (second, third))}
        await carol.send("hangup", callsid=third)
        await carol.receive("hangup")
        await eventually(lambda: len(page.did("disconnect")) == 2)


async def test_music_is_a_pattern() -> None:
    """A sound file is not loaded from its host."""
    async with softphones_of() as phones, phones.page() as page, phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Play>https://sounds.example.com/a.mp3</Play>")
        call = await sdk.invite()
        await sdk.receive("hangup")
        assert page.did("play") == [f"play {call} music"]
        assert f"quiet {call}" in page.asked


async def test_a_queued_caller_is_connected_to_a_softphone() -> None:
    """The next caller of a queue, as an agent's page asks for it."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        answer_steps(phones.app, incoming="<Enqueue>support</Enqueue>")
        phones.app.answers[VOICE] = twiml("<Dial action='/done'><Queue>support</Queue></Dial>")
        phones.app.answers["/done"] = twiml("<Hangup/>")
        calling = await call_app(phones, patience=10000)
        await eventually(lambda: bool(phones.app.to("/api/voice/incoming")))
        call = await sdk.invite("To=queue%3Asupport")
        await sdk.receive("answer")
        await eventually(lambda: bool(phones.standin.account.calls[call].started))
        await asyncio.sleep(0.1)
        await sdk.send("hangup", callsid=call)
        assert "is connected to the call that dialled the queue" in await calling
        assert phones.app.to("/done")[0].fields["DialCallStatus"] == "completed"


async def test_the_rest_api_calls_a_softphone() -> None:
    """Its instructions begin when it answers."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        phones.app.answers["/call"] = twiml("<Say>Hello.</Say>")
        client = rest(phones.standin)
        made = await asyncio.to_thread(
            client.calls.create, to="client:alice?note=x", from_=NUMBER, url=f"{phones.app.url}/call"
        )
        invitation = await sdk.receive("invite")
        assert invitation["callsid"] == made.sid
        assert (invitation["parameters"]["To"], invitation["parameters"]["Params"]) == ("client:alice", "note=x")
        await sdk.send("answer", callsid=made.sid, sdp="answer of the SDK")
        await sdk.receive("hangup")
        assert len(phones.app.to("/call")) == 1


async def test_a_connection_that_comes_back_keeps_the_call() -> None:
    """By the reconnect token; digits and the hang-up then come over the new connection."""
    async with softphones_of() as phones, phones.page():
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        async with phones.sdk(token()) as sdk:
            call = await sdk.invite()
            reconnect = (await sdk.receive("answer"))["reconnect"]
        async with phones.sdk(token()) as again:
            await again.send("invite", callsid=call, reconnect=reconnect, sdp="same", twilio={})
            assert (await again.receive("answer"))["callsid"] == call
            await asyncio.sleep(BRISK.reconnect + 0.1)
            assert phones.standin.account.calls[call].status == "in-progress"
            await again.send("hangup", callsid=call)
            await again.receive("hangup")


async def test_a_connection_that_does_not_come_back_ends_the_call() -> None:
    """After the time that Twilio would wait."""
    async with softphones_of() as phones, phones.page():
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        async with phones.sdk(token()) as sdk:
            call = await sdk.invite()
            await sdk.receive("answer")
        await eventually(lambda: phones.standin.account.calls[call].status == "completed")


@pytest.mark.parametrize("identity", ["alice", "mallory"])
async def test_a_wrong_reconnect_token_takes_no_call(identity: str) -> None:
    """Neither a guess nor another identity's right token."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        call = await sdk.invite()
        right = (await sdk.receive("answer"))["reconnect"]
        async with phones.sdk(token(identity)) as other:
            given = right if identity == "mallory" else "a guess"
            await other.send("invite", callsid=call, reconnect=given, sdp="same", twilio={})
            assert (await other.receive("hangup"))["error"]["code"] == 31005
            await other.send("hangup", callsid=call)
        assert phones.standin.account.calls[call].status == "in-progress"


async def test_a_restart_of_ice_is_answered_by_the_page() -> None:
    """With a new description."""
    async with softphones_of() as phones, phones.page() as page, phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        call = await sdk.invite()
        await sdk.receive("answer")
        await sdk.send("reinvite", callsid=call, sdp="new offer")
        assert (await sdk.receive("answer"))["sdp"] == "answer of the page"
        assert page.did("answer")[-1] == f"answer {call} new offer"


async def test_a_phone_page_that_is_closed_ends_the_calls() -> None:
    """With an error that says why."""
    async with softphones_of() as phones:
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        async with phones.sdk(token()) as sdk:
            async with phones.page():
                call = await sdk.invite()
                await sdk.receive("answer")
            ended = await sdk.receive("hangup")
            assert (ended["callsid"], ended["error"]["code"]) == (call, 53405)
            assert "phone page" in ended["error"]["message"]


async def test_a_failed_connection_of_the_sound_ends_its_call() -> None:
    """The page reports it."""
    async with softphones_of() as phones, phones.page() as page, phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        call = await sdk.invite()
        await sdk.receive("answer")
        await page.lose(call)
        assert (await sdk.receive("hangup"))["error"]["code"] == 53405


async def test_a_browser_that_is_frozen_is_no_longer_rung() -> None:
    """It answers no heartbeat, and is disconnected."""
    async with (
        softphones_of(pace=replace(BRISK, heartbeat=HEARTBEAT)) as phones,
        phones.page(),
        phones.sdk(token(), register=True) as sdk,
    ):
        await asyncio.sleep(HEARTBEAT * 10)
        with pytest.raises((aiohttp.WSMessageTypeError, TimeoutError)):
            while True:
                assert await sdk.socket.receive_str() == "\n"
        answer_steps(phones.app, incoming=DIAL, dialed="<Hangup/>")
        await (await call_app(phones))
        assert fields_of(phones.app, "dialed", "DialCallStatus") == ("no-answer",)


async def test_every_page_shows_the_softphones() -> None:
    """Who is ready, and the words of a call; also a page that is opened later."""
    async with softphones_of() as phones, phones.page(), phones.sdk(token(), register=True) as sdk:
        phones.app.answers[VOICE] = twiml("<Say>Good morning.</Say><Pause length='600'/>")
        await sdk.invite()
        await sdk.receive("answer")
        async with phones.page() as second:
            await eventually(lambda: bool(second.softphones) and len(second.softphones[0]["call"]["notes"]) > 1)
            (shown,) = second.softphones
            assert (shown["identity"], shown["devices"], shown["call"]["state"]) == ("alice", 1, "talking")
            assert "Good morning." in [note["text"] for note in shown["call"]["notes"]]


async def test_one_page_carries_all_calls() -> None:
    """A second open page is asked nothing while the first is open."""
    async with softphones_of() as phones, phones.page() as first, phones.page() as second, phones.sdk(token()) as sdk:
        phones.app.answers[VOICE] = twiml("<Pause length='600'/>")
        call = await sdk.invite()
        await sdk.receive("answer")
        assert (first.did("answer"), second.asked) == ([f"answer {call} offer of the SDK"], [])


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '{"type": "listen"}', '{"type": {}}', '{"type": "dtmf", "payload": 1}', "[" * 50_000],
    ids=lambda text: text[:20],
)
async def test_other_messages_change_nothing(text: str) -> None:
    """The connection stays, and works."""
    async with softphones_of() as phones, phones.sdk() as sdk:
        await sdk.socket.send_str(text)
        await sdk.listen(token())


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "http://127.0.0.1:1", "http://localhost"])
async def test_only_the_apps_own_page_connects(origin: str) -> None:
    """Another page of this machine does not either."""
    async with softphones_of() as phones:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with phones.sdk(headers={"Origin": origin}):
                pass
        assert refused.value.status == 403


async def test_the_apps_page_connects_under_each_name_of_this_machine() -> None:
    """A browser adds that the page is of the same site, not of the same origin."""
    async with softphones_of() as phones:
        port = phones.app.url.rpartition(":")[2]
        for name in ("127.0.0.1", "localhost"):
            headers = {"Origin": f"http://{name}:{port}", "Sec-Fetch-Site": "same-site"}
            async with phones.sdk(token(), headers=headers):
                pass


async def test_the_sound_wants_the_key_of_this_run() -> None:
    """As everything under /standin."""
    async with softphones_of() as phones:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with phones.session.ws_connect(phones.standin.url + "/standin/audio?code=wrong"):
                pass
        assert refused.value.status == 401
