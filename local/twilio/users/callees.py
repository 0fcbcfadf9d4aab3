"""Finds the user of a called number or client: a person at the page or a softphone, or a script."""

from __future__ import annotations

from collections.abc import Callable

from local.twilio.handsets import Handsets
from local.twilio.options import Pace
from local.twilio.records import Call
from local.twilio.users.handset_user import Callee, FindCallee, HandsetUser
from local.twilio.users.page_handsets import PageHandsets
from local.twilio.users.scripted_user import ScriptedUser

CLIENT = "client:"

# Returns the user at the softphones of a called client; None when no softphone is registered for it.
FindSoftphone = Callable[[Call], HandsetUser | None]


def callee_finder(
    page_handsets: PageHandsets, handsets: Handsets, pace: Pace, find_softphone: FindSoftphone
) -> FindCallee:
    """Return a function that rings a softphone, or a free handset of an open page, and else returns a script.

    A handset of the page that is in a call already gives `busy`. A client without a softphone and without a script
    does not answer.
    """

    def find(call: Call, script: str = "") -> Callee:
        if not script and call.to.startswith(CLIENT):
            softphone = find_softphone(call)
            if softphone:
                return Callee(softphone, "")
            if not handsets.is_scripted(call.to):
                return Callee(ScriptedUser(pace=pace, name=call.to), "no-answer", absent=True)
        on_page = None if script else page_handsets.find_interactive(call.to)
        if on_page and on_page.user is None:
            return Callee(page_handsets.begin_call(on_page, call, call.sender, "ringing"), "")
        handset = handsets.of(call.to)
        user = ScriptedUser.of_handset(call.to, handset, pace)
        return Callee(user, script or ("busy" if on_page else handset.called))

    return find
