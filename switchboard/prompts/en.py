"""English."""

from __future__ import annotations

from switchboard.prompts.sentences import Prompts

ENGLISH = Prompts(
    tag="en-US",
    welcome="Thank you for calling.",
    menu=(
        "To speak to somebody now, press 1. To wait for the next free agent, press 2. To leave a message, press 3. "
        "To get our web address as a text, press 4. To hear this again, press star."
    ),
    not_understood="Sorry, I did not get that.",
    goodbye="We did not hear a choice. Please call again at any time. Good bye.",
    connecting="One moment, I am connecting you.",
    nobody_answered="Nobody could take your call.",
    leave_a_message="Please leave a message after the beep, and press the hash key when you are done.",
    no_message="We did not hear a message. Good bye.",
    message_received="Thank you, we have your message. Good bye.",
    joining_queue="You will be with the next free agent.",
    queue_position="You are number {position} in the line.",
    nobody_free="All our agents are still busy.",
    link_sent="We have sent you the link. Good bye.",
    link_text="Here is the link you asked for: {link}",
    cannot_be_texted="We cannot text the phone that you are calling from. Please call from one that shows its number.",
    agent_connecting="Connecting you to the next caller.",
    agent_done="The call has ended, or nobody is waiting. Good bye.",
    failure="We are sorry, something went wrong on our side. Please call again in a few minutes.",
    text_default="Thank you for your message. Text HOURS for our opening hours, or LINK for our web address.",
    text_media="Thank you, we have what you sent.",
    text_help="You get an answer to HOURS and LINK. Text STOP to get no more messages from us.",
    # Byte for byte what twimlets.com answers.
    twimlet_invalid_option="I'm sorry, that wasn't a valid option.",
    twimlet_restricted="Sorry, you are calling from a restricted number. Good bye.",
    twimlet_announcement="You are receiving a call from {number}.  Press any key to accept.",
    twimlet_unknown_caller="somebody who shows no number",
    twimlet_leave_a_message="Please leave a message after the beep.",
    twimlet_thanks="Thanks.  Good bye.",
    twimlet_enter_code="Please enter your conference pass code",
    twimlet_entering="You are now entering the conference line.",
    twimlet_entered="{caller} has entered your conference.  Call the number this text came from to join.",
    twimlet_no_bucket="An S 3 bucket is required.",
    twimlet_no_music="Failed to fetch the hold music.",
    speech={
        "operator": "1",
        "somebody": "1",
        "agent": "2",
        "wait": "2",
        "message": "3",
        "voicemail": "3",
        "link": "4",
        "text": "4",
        "repeat": "*",
        "again": "*",
    },
    keywords={
        "HOURS": "We are open on weekdays from 9 to 18.",
        "LINK": "You find us at {link}",
    },
)
