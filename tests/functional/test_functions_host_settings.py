"""host.json as the local host reads it: Azure's defaults, the file, and app settings over both."""

import json
import os
from pathlib import Path

import pytest

from local.functions_host import HostError
from local.functions_host.backoff import PollingBackoff
from local.functions_host.host_json import HostJson, QueueRules

QUEUES = "AzureFunctionsJobHost__extensions__queues__"


def read(folder: Path, queues: dict[str, object], **environ: str) -> QueueRules:
    """The queue rules of a host.json with that section."""
    document = {"version": "2.0", "extensions": {"queues": queues}}
    (folder / "host.json").write_text(json.dumps(document))
    return HostJson.read(folder, environ).queues


def test_absent_values_are_azures_defaults(tmp_path: Path) -> None:
    """As Azure's reference of host.json lists them."""
    threshold = 8 * (os.cpu_count() or 1)
    assert read(tmp_path, {}) == QueueRules(new_batch_threshold=threshold)
    assert HostJson.read(tmp_path, {}).route_prefix == "api"


def test_the_file_is_read(tmp_path: Path) -> None:
    """Each of its values."""
    file = {
        "batchSize": 4,
        "newBatchThreshold": 3,
        "maxDequeueCount": 2,
        "visibilityTimeout": "00:01:30",
        "maxPollingInterval": "00:00:00.5",
        "messageEncoding": "None",
    }
    assert read(tmp_path, file) == QueueRules(
        batch_size=4,
        new_batch_threshold=3,
        max_dequeue_count=2,
        visibility_timeout=90,
        max_polling_interval=0.5,
        message_encoding="none",
    )


def test_the_threshold_follows_the_batch(tmp_path: Path) -> None:
    """Half of it, for each core."""
    assert read(tmp_path, {"batchSize": 6}).new_batch_threshold == 3 * (os.cpu_count() or 1)


def test_app_settings_take_precedence(tmp_path: Path) -> None:
    """By Azure's name for a value, in any case."""
    rules = read(
        tmp_path,
        {"batchSize": 4, "messageEncoding": "none"},
        **{QUEUES + "batchSize": "7", QUEUES.upper() + "MESSAGEENCODING": "base64"},
    )
    assert (rules.batch_size, rules.message_encoding) == (7, "base64")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("batchSize", 33),
        ("batchSize", 0),
        ("maxDequeueCount", "many"),
        ("visibilityTimeout", "30"),
        ("maxPollingInterval", "1 minute"),
        ("messageEncoding", "utf-8"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, name: str, value: object) -> None:
    """With what it may be."""
    with pytest.raises(HostError, match=f"extensions.queues.{name} must be"):
        read(tmp_path, {name: value})


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"version": "1.0"}'])
def test_a_file_that_is_no_host_json_is_refused(tmp_path: Path, text: str) -> None:
    """Before anything else is done."""
    (tmp_path / "host.json").write_text(text)
    with pytest.raises(HostError, match=r"host\.json"):
        HostJson.read(tmp_path, {})


def test_polling_delays_grow_up_to_their_bound_and_begin_again() -> None:
    """An idle queue is polled less and less often, a busy one at once."""
    pauses = PollingBackoff(1)
    assert [pauses.next() for _ in range(6)] == [0.1, 0.2, 0.4, 0.8, 1, 1]
    pauses.reset()
    assert pauses.next() == 0.1
