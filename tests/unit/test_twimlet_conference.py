"""The `conference` Twimlet."""

import hashlib

import pytest

from tests.twimlets import answer, canonical, document, urls

ENTERING = "<Say>You are now entering the conference line.</Say>"
NAMELESS = "d41d8cd98f00b204e9800998ecf8427e"
ASKED = "<Say>Please enter your conference pass code</Say></Gather><Redirect/>"


def room(attributes: str = "", name: str = NAMELESS, before: str = ENTERING) -> str:
    """What a caller who is let in is answered."""
    return canonical(f"<Response>{before}<Dial><Conference{attributes}>{name}</Conference></Dial></Response>")


def test_without_parameters_everybody_meets_in_one_room() -> None:
    """Its name is the original's."""
    assert document("conference") == room()


def test_a_room_may_have_a_name_and_a_message_of_its_own() -> None:
    """Text or sound."""
    assert document("conference", "Name=team&Message=Hi") == room(name="team", before="<Say>Hi</Say>")
    played = document("conference", "Name=team&Message=http://x/a.mp3")
    assert played == room(name="team", before="<Play>http://x/a.mp3</Play>")


def test_a_room_without_a_name_is_named_after_message_and_moderators() -> None:
    """So that the same URL is the same room."""
    name = hashlib.md5(b"Hi41555501234155550124", usedforsecurity=False).hexdigest()
    query = "Message=Hi&Moderators[0]=4155550123&Moderators[1]=4155550124"
    assert f">{name}</Conference>" in document("conference", query)


@pytest.mark.parametrize(("password", "keys"), [("1", 3), ("12", 3), ("123", 3), ("12345", 5)])
@pytest.mark.parametrize("digits", [None, "", "99"])
def test_a_pass_code_is_asked_for_until_it_is_right(password: str, keys: int, digits: str | None) -> None:
    """As many keys are waited for as it has, three at least."""
    pressed = {} if digits is None else {"Digits": digits}
    expected = canonical(f'<Response><Gather numDigits="{keys}">{ASKED}</Response>')
    assert document("conference", f"Password={password}", **pressed) == expected


def test_the_right_pass_code_lets_a_caller_in() -> None:
    """By the keys that were pressed."""
    assert document("conference", "Password=1234", Digits="1234") == room()


@pytest.mark.parametrize("genre", ["classical", "ambient", "electronica", "guitars", "rock", "soft-rock"])
def test_a_kind_of_music_is_played_from_its_bucket(genre: str) -> None:
    """By our own holdmusic, which Twilio is told to get."""
    answered = answer("conference", f"Music={genre}").document
    assert urls(answered, "waitUrl") == [("holdmusic", {"Bucket": f"com.twilio.music.{genre}"})]
    assert canonical(answered) == room(' waitMethod="GET" waitUrl="holdmusic?Bucket"')


def test_a_sound_of_ones_own_is_played() -> None:
    """Its URL as it is given."""
    assert 'waitUrl="http://x/a.mp3"' in answer("conference", "Music=http://x/a.mp3").document


@pytest.mark.parametrize("music", ["", "polka", "Rock", "ftp://x/a.mp3"])
def test_music_that_is_not_known_is_ignored(music: str) -> None:
    """Twilio plays its own."""
    assert document("conference", f"Music={music}") == room()


@pytest.mark.parametrize("party", ["From", "To"])
@pytest.mark.parametrize("number", ["+14155550123", "14155550123", "4155550123"])
def test_a_moderator_starts_the_conference(party: str, number: str) -> None:
    """Whether they call, or were called."""
    answered = document("conference", "Name=r&Moderators[0]=415-555-0123", **{party: number})
    assert answered == room(' startConferenceOnEnter="true"', name="r")


@pytest.mark.parametrize("caller", ["sip:alice@4.155.550.123", "client:4155550123", "sip:4155550123@pbx.example.com"])
def test_digits_that_are_no_number_do_not_make_a_moderator(caller: str) -> None:
    """Host, client name, outside user part."""
    answered = document("conference", "Name=r&Moderators[0]=415-555-0123", From=caller, To="+15005550001")
    assert answered == room(' startConferenceOnEnter="false"', name="r")


@pytest.mark.parametrize("party", ["Caller", "Called"])
def test_a_moderator_is_known_by_the_old_parameters_too(party: str) -> None:
    """`Caller` counts where `From` is absent, as in the original, and `Called` where `To` is."""
    answered = document("conference", "Name=r&Moderators[0]=415-555-0123", **{party: "+14155550123"})
    assert answered == room(' startConferenceOnEnter="true"', name="r")


def test_who_is_no_moderator_waits() -> None:
    """For the first one to come."""
    answered = document("conference", "Name=r&Moderators[0]=4155550123", From="+14155550199")
    assert answered == room(' startConferenceOnEnter="false"', name="r")


TEXT = "+14155550199 has entered your conference.  Call the number this text came from to join."


def test_moderators_are_texted_that_a_caller_has_entered() -> None:
    """Each, when that is asked for."""
    query = "Name=r&Moderators[]=4155550123&Moderators[]=4155550124"
    texts = "".join(f'<Sms to="415555012{last}">{TEXT}</Sms>' for last in (3, 4))
    answered = document("conference", f"{query}&EnableSmsNotifications=true", Caller="+14155550199")
    assert answered == room(' startConferenceOnEnter="false"', name="r", before=texts + ENTERING)
    assert "<Sms" not in document("conference", query, Caller="+14155550199")


def test_nobody_is_texted_before_the_pass_code_is_right() -> None:
    """A stranger at the door is no news."""
    query = "Password=1234&Moderators=4155550123&EnableSmsNotifications=true"
    assert "<Sms" not in document("conference", query, Digits="1111")


def test_defect_7_all_is_spoken_in_the_language_of_the_url() -> None:
    """The question, the welcome, and the music's own messages."""
    speaker = "Language=pt-PT&Voice=Polly.Ines"
    said = '<Say language="pt-PT" voice="Polly.Ines">'
    assert said in document("conference", f"{speaker}&Password=1")
    assert said in document("conference", speaker)
    music = answer("conference", f"{speaker}&Music=rock").document
    bucket = {"Bucket": "com.twilio.music.rock", "Language": "pt-PT", "Voice": "Polly.Ines"}
    assert urls(music, "waitUrl") == [("holdmusic", bucket)]
