"""Finds the user of a called number: a person at the page, or a script."""

from __future__ import annotations

from local.twilio.handsets import Handsets
from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.users.handset_user import Callee, FindCallee
from local.twilio.users.page_handsets import PageHandsets
from local.twilio.users.scripted_user import ScriptedUser


def callee_finder(page_handsets: PageHandsets, handsets: Handsets, pace: Pace) -> FindCallee:
    """Return a function that rings a free handset of an open page, and else returns a script.

    A handset of the page that is in a call already gives `busy`.
    """

    def find(call: Call, script: str = "") -> Callee:
        on_page = None if script else page_handsets.find_interactive(call.to)
        if on_page and on_page.user is None:
            return Callee(page_handsets.begin_call(on_page, call, call.sender, "ringing"), "")
        handset = handsets.of(call.to)
        user = ScriptedUser.of_handset(call.to, handset, pace)
        return Callee(user, script or ("busy" if on_page else handset.called))

    return find
