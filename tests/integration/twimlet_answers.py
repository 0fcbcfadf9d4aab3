"""The answers of twimlets.com: each kind of request to its eleven Twimlets, and the document or URL of its answer.

In a document, each of our URLs is reduced to the last part of its path and its query's keys, as `canonical` does.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A Twimlet's URL after `/api/twimlets/`, the form that Twilio adds, and the answer.

    With `location` the answer is a redirect; without both it is empty.
    """

    target: str
    form: str = ""
    document: str = ""
    location: str = ""


FAIL_URL = "https://example.com/fail?a=b&c=d"
FAIL = "FailUrl=https%3A%2F%2Fexample.com%2Ffail%3Fa%3Db%26c%3Dd"
FROM, CALLER = "From=%2B19165550123", "Caller=%2B19165550123"
HANGUP = "<Response><Hangup/></Response>"

MESSAGE = (
    Row(
        "message?Message[0]=http://x/a.mp3&Message[1]=Hi",
        document="<Response><Play>http://x/a.mp3</Play><Say>Hi</Say></Response>",
    ),
    Row("message?Message=a&Message=b", document="<Response><Say>a</Say><Say>b</Say></Response>"),
    Row("message?Message%5B%5D=a&Message[]=&Message[]=b", document="<Response><Say>a</Say><Say>b</Say></Response>"),
    Row("message?Message=%20HTTP://x/a.mp3", document="<Response><Play> HTTP://x/a.mp3</Play></Response>"),
    Row("message?message=Hi", document="<Response/>"),
    Row("message", document="<Response/>"),
)

OPTIONS = "menu?Message=Press+one&Options[1]=https://example.com/one&Options[*2]=http://example.com/a.mp3&Options[3]="
ASKED = '<Gather numDigits="2"><Say>Press one</Say></Gather><Redirect/>'
INVALID = "<Say>I'm sorry, that wasn't a valid option.</Say>"
MENU = (
    Row(OPTIONS, document=f"<Response>{ASKED}</Response>"),
    Row("menu", document='<Response><Gather numDigits="1"/><Redirect/></Response>'),
    Row(OPTIONS, "Digits=1", location="https://example.com/one"),
    Row(OPTIONS, "Digits=%2A2", location="http://example.com/a.mp3"),
    Row(OPTIONS, "Digits=9", document=f"<Response>{INVALID}{ASKED}</Response>"),
    Row(OPTIONS, "Digits=3", document=f"<Response>{INVALID}{ASKED}</Response>"),
)


def after_the_dial(name: str) -> tuple[Row, ...]:
    """How the call continues after forward, callme and simulring have dialled."""
    return (
        Row(f"{name}?Dial=true&{FAIL}", "DialCallStatus=completed", HANGUP),
        Row(f"{name}?Dial=true&{FAIL}", "DialStatus=answered", HANGUP),
        Row(f"{name}?Dial=true", "DialCallStatus=busy", HANGUP),
        Row(f"{name}?Dial=true&{FAIL}", "DialCallStatus=no-answer", location=FAIL_URL),
        Row(f"{name}?Dial=true&{FAIL}", location=FAIL_URL),
    )


RESTRICTED = "<Response><Say>Sorry, you are calling from a restricted number. Good bye.</Say></Response>"
FORWARDED = '<Response><Dial action="forward?Dial" timeout="20">4155551212</Dial></Response>'
FORWARD = (
    Row("forward?PhoneNumber=4155551212", document=FORWARDED),
    Row(
        f"forward?PhoneNumber=4155551212&CallerId=4155550100&Timeout=7&{FAIL}",
        document='<Response><Dial action="forward?Dial&amp;FailUrl" timeout="7" callerId="4155550100">4155551212</Dial>'
        "</Response>",
    ),
    Row("forward?PhoneNumber=4155551212&AllowedCallers[0]=4155550123&AllowedCallers[1]=9165550123", FROM, FORWARDED),
    Row("forward?PhoneNumber=4155551212&AllowedCallers[0]=", FROM, FORWARDED),
    Row("forward?PhoneNumber=4155551212&AllowedCallers[0]=4155550123", FROM, RESTRICTED),
    Row("forward", document=HANGUP),
    Row(f"forward?{FAIL}", location=FAIL_URL),
    *after_the_dial("forward"),
)

CALLME = (
    Row(
        "callme?PhoneNumber=4155551212",
        document='<Response><Dial action="callme?Dial" timeout="20"><Number url="whisper?Message">4155551212</Number>'
        "</Dial></Response>",
    ),
    Row(
        f"callme?PhoneNumber=4155551212&Message=Hi&{FAIL}",
        document='<Response><Dial action="callme?Dial&amp;FailUrl" timeout="20">'
        '<Number url="whisper?Message">4155551212</Number></Dial></Response>',
    ),
    Row("callme", document=HANGUP),
    *after_the_dial("callme"),
)

RUNG_TOGETHER = "".join(f'<Number url="whisper?Message">415555121{last}</Number>' for last in (2, 3))
SIMULRING = (
    Row(
        "simulring?PhoneNumbers[0]=4155551213&PhoneNumbers[1]=&PhoneNumbers[2]=4155551212",
        document=f'<Response><Dial action="simulring?Dial&amp;FailUrl" timeout="20">{RUNG_TOGETHER}</Dial></Response>',
    ),
    Row("simulring", document=HANGUP),
    *after_the_dial("simulring"),
)

STATE = "findme?Dial&amp;FailUrl&amp;Timeout&amp;Message"


def ring(number: str, others: int, timeout: int = 60) -> str:
    """A hop of findme: this number rings, and so many others are in the URL."""
    action = STATE + "&amp;PhoneNumbers[]" * others
    whisper = f'<Number url="whisper?Message&amp;HumanCheck">{number}</Number>'
    return f'<Response><Dial action="{action}" timeout="{timeout}">{whisper}</Dial></Response>'


FINDME = (
    Row("findme?PhoneNumbers[0]=1&PhoneNumbers[1]=2&PhoneNumbers[2]=3", document=ring("1", others=2)),
    Row(
        f"findme?Dial=true&{FAIL}&Timeout=7&Message=Hi&PhoneNumbers[]=2&PhoneNumbers[]=3",
        "DialCallStatus=no-answer",
        ring("2", others=1, timeout=7),
    ),
    Row("findme?Dial=true&FailUrl=&Timeout=60&Message=&PhoneNumbers[]=3", "DialCallStatus=busy", ring("3", others=0)),
    Row("findme?Dial=true&PhoneNumbers[]=3", "DialCallStatus=completed", HANGUP),
    Row(f"findme?Dial=true&{FAIL}&Timeout=60&Message=", "DialCallStatus=busy", location=FAIL_URL),
    Row("findme?Dial=true&FailUrl=&Timeout=60&Message=", "DialCallStatus=busy", HANGUP),
    Row("findme", document=HANGUP),
)

SPELLED = "You are receiving a call from +. 1. 9. 1. 6. 5. 5. 5. 0. 1. 2. 3. .  Press any key to accept."
WHISPER = (
    Row("whisper?Message=Hi", document='<Response><Gather numDigits="1"><Say>Hi</Say></Gather></Response>'),
    Row(
        "whisper?Message=Hi&HumanCheck=1",
        document='<Response><Gather numDigits="1"><Say>Hi</Say></Gather><Hangup/></Response>',
    ),
    Row(
        "whisper?Message=",
        CALLER,
        f'<Response><Gather numDigits="1"><Say>{SPELLED}</Say></Gather></Response>',
    ),
    Row("whisper?Message=Hi&HumanCheck=1", "Digits=5", "<Response/>"),
    Row("whisper?Message=Hi", "Digits=", HANGUP),
)

GREETING = "<Say>Please leave a message after the beep.</Say>"
THANKS = "<Response><Say>Thanks.  Good bye.</Say><Hangup/></Response>"
TRANSCRIBED = '<Record transcribe="true" transcribeCallback="voicemail?Email"/>'
RECORDED = "RecordingUrl=https%3A%2F%2Fapi.example.com%2FRE1&RecordingSid=RE1"
VOICEMAIL = (
    Row("voicemail?Email=a@example.com", document=f"<Response>{GREETING}{TRANSCRIBED}</Response>"),
    Row(
        "voicemail?Email=a@example.com&Message=http://x/a.mp3&Transcribe=true",
        document=f"<Response><Play>http://x/a.mp3</Play>{TRANSCRIBED}</Response>",
    ),
    Row("voicemail?Transcribe=false&Message=Speak.", document="<Response><Say>Speak.</Say><Record/></Response>"),
    Row("voicemail?Email=a@example.com", RECORDED, THANKS),
    Row("voicemail?Email=a@example.com&Transcribe=false", RECORDED, THANKS),
    Row("voicemail?Email=a@example.com", f"{RECORDED}&TranscriptionStatus=completed&TranscriptionText=Hello"),
    Row("voicemail?Email=a@example.com", f"{RECORDED}&TranscriptionStatus=failed"),
)

NAMELESS = "d41d8cd98f00b204e9800998ecf8427e"
ENTERING = "<Say>You are now entering the conference line.</Say>"
MODERATED = "conference?Name=team&Moderators[0]=9165550123&Moderators[1]=4155550124"
JOIN = "+14155550199 has entered your conference.  Call the number this text came from to join."
TEXTED = "".join(f'<Sms to="{number}">{JOIN}</Sms>' for number in ("9165550123", "4155550124"))


def pass_code(keys: int) -> str:
    """The question for the pass code."""
    return (
        f'<Response><Gather numDigits="{keys}"><Say>Please enter your conference pass code</Say></Gather><Redirect/>'
        "</Response>"
    )


def room(attributes: str = "", name: str = NAMELESS, before: str = ENTERING) -> str:
    """The document that connects a caller."""
    return f"<Response>{before}<Dial><Conference{attributes}>{name}</Conference></Dial></Response>"


CONFERENCE = (
    Row("conference", document=room()),
    Row("conference?Name=team&Message=Hi", document=room(name="team", before="<Say>Hi</Say>")),
    # The md5 of the two, one behind the other.
    Row(
        "conference?Message=Hi&Moderators[]=9165550123",
        document=room(' startConferenceOnEnter="false"', "70c8673bfcef4146be86c422d2696c6d", "<Say>Hi</Say>"),
    ),
    Row("conference?Password=1", document=pass_code(3)),
    Row("conference?Password=12345", "Digits=12344", pass_code(5)),
    Row("conference?Password=12345", "Digits=12345", room()),
    *(
        Row(f"conference?Music={genre}", document=room(' waitUrl="holdmusic?Bucket" waitMethod="GET"'))
        for genre in ("classical", "ambient", "electronica", "guitars", "rock", "soft-rock")
    ),
    Row("conference?Music=http://x/a.mp3", document=room(' waitUrl="http://x/a.mp3" waitMethod="GET"')),
    Row("conference?Music=polka", document=room()),
    Row(MODERATED, FROM, room(' startConferenceOnEnter="true"', "team")),
    Row(MODERATED, "From=%2B14155550199&To=14155550124", room(' startConferenceOnEnter="true"', "team")),
    Row(MODERATED, "From=%2B14155550199", room(' startConferenceOnEnter="false"', "team")),
    Row(
        f"{MODERATED}&EnableSmsNotifications=true",
        "Caller=%2B14155550199",
        room(' startConferenceOnEnter="false"', "team", TEXTED + ENTERING),
    ),
)

NO_BUCKET = "<Response><Say>An S 3 bucket is required.</Say></Response>"
NO_MUSIC = "<Response><Say>Failed to fetch the hold music.</Say></Response>"
HOLDMUSIC = (
    Row("holdmusic", document=NO_BUCKET),
    Row("holdmusic?Bucket=no+bucket", document=NO_MUSIC),
)

ECHO = (
    Row("echo?Twiml=%3CResponse%3E%3CSay%3EHi%3C/Say%3E%3C/Response%3E", document="<Response><Say>Hi</Say></Response>"),
    Row("echo"),
)

ANSWERS = (
    *(*MESSAGE, *MENU, *FORWARD, *CALLME, *SIMULRING, *FINDME),
    *(*WHISPER, *VOICEMAIL, *CONFERENCE, *HOLDMUSIC, *ECHO),
)
