"""A survey: a key from 1 to 5, then an opinion that is recorded."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.flows import Call, Context, Event, Number, voice_flow


@voice_flow("survey")
def survey(call: Call, number: Number, context: Context) -> VoiceResponse:
    """Asks for a rating, records an opinion, and publishes both."""
    response = VoiceResponse()
    if call.step == "opinion" and call.digits in tuple("12345"):
        context.say(response, "Please tell us why, and press the hash key when you are done.")
        action = call.url("done", {"rating": call.digits})
        response.record(action=action, max_length=60, finish_on_key="#", play_beep=True)
        # Without a recording Twilio goes on here.
        response.redirect(action)
    elif call.step == "done":
        finish(response, call, context)
    else:
        gather = Gather(num_digits=1, action=call.url("opinion"))
        context.say(gather, f"Thank you for calling {number.name}. How satisfied are you? Press 1 to 5.")
        response.append(gather)
        response.hangup()
    return response


def finish(response: VoiceResponse, call: Call, context: Context) -> None:
    """Publishes the answer. `recording` is None when the caller said nothing."""
    data: dict[str, object] = {"rating": int(call.parameters["rating"])}
    if call.recording:
        data |= {"recording": call.recording.url, "seconds": call.recording.seconds}
    context.publish(Event(type="survey.answered", data=data))
    context.say(response, "Thank you. Good bye.")
    response.hangup()
