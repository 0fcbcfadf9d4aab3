"""A reservation by keys, in three steps. What the caller chose so far is in the parameters of the next step's URL."""

from twilio.twiml.voice_response import Gather, VoiceResponse

from switchboard.flows import Call, Context, Event, Number, voice_flow

HOURS = {"1": "18:00", "2": "20:00"}


@voice_flow("reservations")
def reservations(call: Call, number: Number, context: Context) -> VoiceResponse:
    """Asks for the number of people and the time, then for a confirmation."""
    response = VoiceResponse()
    if call.step == "time" and call.digits in tuple("12345678"):
        ask_time(response, call, context)
    elif call.step == "confirm" and call.digits in HOURS:
        ask_confirmation(response, call, context)
    elif call.step == "done" and call.digits == "1":
        finish(response, call, context)
    elif call.step == "done":
        response.redirect(call.start_url)
    else:
        ask_people(response, call, context)
    return response


def ask_people(response: VoiceResponse, call: Call, context: Context) -> None:
    """Step 1. A key that is no answer leads here again; without any key the call goes back to the menu."""
    gather = Gather(num_digits=1, action=call.url("time"))
    context.say(gather, "For how many people? Press 1 to 8.")
    response.append(gather)
    response.redirect(call.start_url)


def ask_time(response: VoiceResponse, call: Call, context: Context) -> None:
    """Step 2."""
    gather = Gather(num_digits=1, action=call.url("confirm", {"people": call.digits}))
    context.say(gather, "For six o'clock, press 1. For eight o'clock, press 2.")
    response.append(gather)
    response.redirect(call.start_url)


def ask_confirmation(response: VoiceResponse, call: Call, context: Context) -> None:
    """Step 3."""
    time = HOURS[call.digits]
    gather = Gather(num_digits=1, action=call.url("done", {"time": time}))
    context.say(gather, f"A table for {call.parameters['people']} at {time}. To confirm, press 1.")
    response.append(gather)
    response.redirect(call.start_url)


def finish(response: VoiceResponse, call: Call, context: Context) -> None:
    """Publishes the reservation: a system of yours takes it from the queue `events`."""
    people, time = call.parameters["people"], call.parameters["time"]
    context.publish(
        Event(type="reservation.made", data={"caller": call.caller, "people": int(people), "time": time}, id=call.sid)
    )
    context.logger.info("a reservation for %s", people)
    context.say(response, "Thank you. We look forward to seeing you.")
    response.hangup()
