"""What an operator is told of what others raise: a sentence, and what to do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, HttpResponseError, ServiceRequestError

from ops.errors import OpsError, explain, is_expected
from switchboard.errors import Rejected, StorageUnavailable


def refused(status: int) -> HttpResponseError:
    """An answer of Azure's with this status."""
    error = HttpResponseError("quoted words")
    error.status_code = status
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ClientAuthenticationError("quoted words"), "run `az login`"),
        (ServiceRequestError("quoted words"), "is `make run` up?"),
        (refused(403), "Storage Queue Data Contributor"),
    ],
)
def test_azures_errors_say_what_to_do(error: AzureError, said: str) -> None:
    """By themselves, and under an error of ours; never in Azure's own words, which may hold anything."""
    ours = StorageUnavailable("table deliveries did not answer")
    ours.__cause__ = error
    for told in (explain(error), explain(ours)):
        assert said in told
        assert "quoted words" not in told
    assert is_expected(error)


def test_twilios_refusal_is_told_in_its_words() -> None:
    """It is the operator's terminal: a number in it is theirs to see."""
    assert explain(Rejected("refused", code=21211, status=400, twilio_message="Invalid number")) == (
        "Twilio: Invalid number (code 21211, status 400)"
    )


def test_ours_is_told_as_it_is() -> None:
    """It was written for an operator."""
    assert explain(OpsError("do this")) == "do this"


def test_a_mistake_of_ours_is_told_by_its_place() -> None:
    """Without what it met."""
    try:
        SimpleNamespace().missing  # noqa: B018  # raises
    except AttributeError as error:
        assert not is_expected(error)
        assert "test_ops_errors.py" in explain(error)
