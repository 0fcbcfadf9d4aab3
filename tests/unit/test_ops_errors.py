"""The sentences that commands print for errors, with what to do."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ServiceRequestError

from ops.errors import NO_LOGIN, OpsError, explain, is_expected
from switchboard.errors import Rejected, StorageUnavailable


def refused(status: int) -> HttpResponseError:
    """Returns an error of Azure's with this status."""
    error = HttpResponseError("quoted words")
    error.status_code = status
    return error


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ClientAuthenticationError("quoted words"), "run `az login`"),
        (ServiceRequestError("quoted words"), "no connection: is the name right?"),
        (refused(403), "Storage Queue Data Contributor"),
    ],
)
def test_errors_of_azure_have_a_remedy(error: AzureError, expected: str) -> None:
    """Alone and as the cause of our error; never in Azure's words, which may contain anything."""
    ours = StorageUnavailable("table deliveries did not answer")
    ours.__cause__ = error
    for sentence in (explain(error), explain(ours)):
        assert expected in sentence
        assert "quoted words" not in sentence
    assert is_expected(error)


def test_a_missing_login_has_one_sentence_whatever_needed_it() -> None:
    """Alone, as the cause of ours, and behind an error that a command makes of that; a refused login has another."""
    missing = ClientAuthenticationError("quoted words")
    ours, commands_own = StorageUnavailable("table deliveries did not answer"), OpsError("the command was not queued")
    ours.__cause__, commands_own.__cause__ = missing, ours
    assert [explain(each) for each in (missing, ours, commands_own)] == [NO_LOGIN] * 3
    refused_login = ClientAuthenticationError("quoted words")
    refused_login.response = cast("Any", SimpleNamespace(status_code=401))
    assert "your login was not accepted" in explain(refused_login)


def test_an_error_of_twilio_is_printed_in_its_words() -> None:
    """The operator may see a number in it."""
    assert explain(Rejected("refused", code=21211, status=400, twilio_message="Invalid number")) == (
        "Twilio: Invalid number (code 21211, status 400)"
    )


def test_our_own_error_is_printed_unchanged() -> None:
    """It is written for operators."""
    assert explain(OpsError("do this")) == "do this"


def test_a_bug_is_printed_with_its_location() -> None:
    """Without the values involved."""
    try:
        SimpleNamespace().missing  # noqa: B018  # raises
    except AttributeError as error:
        assert not is_expected(error)
        assert "test_ops_errors.py" in explain(error)
