"""The `conference` Twimlet."""

import hashlib

import pytest

from tests.twimlets import answer, canonical, document, urls

ENTERING = "<Say>You are now entering the conference line.</Say>"
NAMELESS = "d41d8cd98f00b204e9800998ecf8427e"
ASKED = "<Say>Please enter your conference pass code</Say></Gather><Redirect/>"


def room(attributes: str = "", name: str = NAMELESS, before: str = ENTERING) -> str:
    """The document that connects a caller."""
    return canonical(f"<Response>{before}<Dial><Conference{attributes}>{name}</Conference></Dial></Response>")


def test_without_parameters_all_callers_share_one_conference() -> None:
    """With the original's name."""
    assert document("conference") == room()


def test_a_conference_can_have_its_own_name_and_message() -> None:
    """A text or a sound."""
    assert document("conference", "Name=team&Message=Hi") == room(name="team", before="<Say>Hi</Say>")
    played = document("conference", "Name=team&Message=http://x/a.mp3")
    assert played == room(name="team", before="<Play>http://x/a.mp3</Play>")


def test_a_conference_without_a_name_is_named_after_message_and_moderators() -> None:
    """The same URL is the same conference."""
    name = hashlib.md5(b"Hi41555501234155550124", usedforsecurity=False).hexdigest()
    query = "Message=Hi&Moderators[0]=4155550123&Moderators[1]=4155550124"
    assert f">{name}</Conference>" in document("conference", query)


@pytest.mark.parametrize(("password", "keys"), [("1", 3), ("12", 3), ("123", 3), ("12345", 5)])
@pytest.mark.parametrize("digits", [None, "", "99"])
def test_a_pass_code_is_requested_until_it_is_right(password: str, keys: int, digits: str | None) -> None:
    """Gather waits for as many keys as it has, three at least."""
    pressed = {} if digits is None else {"Digits": digits}
    expected = canonical(f'<Response><Gather numDigits="{keys}">{ASKED}</Response>')
    assert document("conference", f"Password={password}", **pressed) == expected


def test_the_right_pass_code_connects_a_caller() -> None:
    """By the pressed keys."""
    assert document("conference", "Password=1234", Digits="1234") == room()


@pytest.mark.parametrize("genre", ["classical", "ambient", "electronica", "guitars", "rock", "soft-rock"])
def test_a_kind_of_music_is_played_from_its_bucket(genre: str) -> None:
    """By our own holdmusic, with GET."""
    answered = answer("conference", f"Music={genre}").document
    assert urls(answered, "waitUrl") == [("holdmusic", {"Bucket": f"com.twilio.music.{genre}"})]
    assert canonical(answered) == room(' waitMethod="GET" waitUrl="holdmusic?Bucket"')


def test_a_music_url_is_played() -> None:
    """Unchanged."""
    assert 'waitUrl="http://x/a.mp3"' in answer("conference", "Music=http://x/a.mp3").document


@pytest.mark.parametrize("music", ["", "polka", "Rock", "ftp://x/a.mp3"])
def test_unknown_music_is_ignored(music: str) -> None:
    """Twilio plays its default."""
    assert document("conference", f"Music={music}") == room()


@pytest.mark.parametrize("party", ["From", "To"])
@pytest.mark.parametrize("number", ["+14155550123", "14155550123", "4155550123"])
def test_a_moderator_starts_the_conference(party: str, number: str) -> None:
    """As caller or as callee."""
    answered = document("conference", "Name=r&Moderators[0]=415-555-0123", **{party: number})
    assert answered == room(' startConferenceOnEnter="true"', name="r")


def test_another_caller_waits() -> None:
    """Until the first moderator enters."""
    answered = document("conference", "Name=r&Moderators[0]=4155550123", From="+14155550199")
    assert answered == room(' startConferenceOnEnter="false"', name="r")


TEXT = "+14155550199 has entered your conference.  Call the number this text came from to join."


def test_moderators_are_texted_that_a_caller_has_entered() -> None:
    """Each of them, when the parameter says so."""
    query = "Name=r&Moderators[]=4155550123&Moderators[]=4155550124"
    texts = "".join(f'<Sms to="415555012{last}">{TEXT}</Sms>' for last in (3, 4))
    answered = document("conference", f"{query}&EnableSmsNotifications=true", Caller="+14155550199")
    assert answered == room(' startConferenceOnEnter="false"', name="r", before=texts + ENTERING)
    assert "<Sms" not in document("conference", query, Caller="+14155550199")


def test_nobody_is_texted_before_the_pass_code_is_right() -> None:
    """A caller without the pass code has not entered."""
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
