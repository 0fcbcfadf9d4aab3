"""An appointment by speech: the caller says a day, and confirms it by yes or no."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.flows import Call, Context, Event, Number, voice_flow

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


@voice_flow("appointment")
def appointment(call: Call, number: Number, context: Context) -> VoiceResponse:
    """Asks for a day; what was not understood is asked for again, twice."""
    response = VoiceResponse()
    day = next((each for each in DAYS if each.lower() in call.speech.lower()), "")
    if call.step == "confirm" and day:
        ask(response, call, context, f"{day}. Is that right?", call.url("done", {"day": day}), "yes, no")
    elif call.step == "done" and "yes" in call.speech.lower():
        context.publish(Event(type="appointment.requested", data={"caller": call.caller, **call.parameters}))
        context.say(response, f"We call you back about {call.parameters['day']}. Good bye.")
        response.hangup()
    else:
        ask_day(response, call, context)
    return response


def ask_day(response: VoiceResponse, call: Call, context: Context) -> None:
    """Asks for a day, at most three times."""
    tries = int(call.parameters.get("tries", "0")) + 1
    if tries > 3:
        response.redirect(call.start_url)
        return
    action = call.url("confirm", {"tries": tries})
    ask(response, call, context, "On which day may we call you back?", action, ", ".join(DAYS))


def ask(response: VoiceResponse, call: Call, context: Context, question: str, action: str, hints: str) -> None:
    """A question that is answered by voice. Without an answer Twilio requests the same step."""
    language = context.sentences.tag
    gather = Gather(input="speech", action=action, hints=hints, language=language, speech_timeout="auto")
    context.say(gather, question)
    response.append(gather)
    response.redirect(action)
