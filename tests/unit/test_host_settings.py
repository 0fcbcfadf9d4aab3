"""host.json: version, extension bundle, queue settings, sampling."""

import json
from pathlib import Path

HOST = json.loads((Path(__file__).parents[2] / "host.json").read_text())


def test_the_version_is_two() -> None:
    """The version of the current Functions host."""
    assert HOST["version"] == "2.0"


def test_the_extension_bundle_is_named() -> None:
    """Without it there is no queue trigger in Azure, and no local test would notice."""
    bundle = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}
    assert HOST["extensionBundle"] == bundle


def test_the_queue_settings() -> None:
    """Plain messages, 30 s between tries, five tries, an idle queue polled every two seconds."""
    assert HOST["extensions"]["queues"] == {
        "messageEncoding": "none",
        "visibilityTimeout": "00:00:30",
        "maxPollingInterval": "00:00:02",
        "maxDequeueCount": 5,
    }


def test_sampling_excludes_traces_and_exceptions() -> None:
    """Alerts query them."""
    sampling = HOST["logging"]["applicationInsights"]["samplingSettings"]
    assert set(sampling["excludedTypes"].split(";")) == {"Trace", "Exception"}
