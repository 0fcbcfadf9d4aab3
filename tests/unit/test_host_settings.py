"""host.json is as the design says: without its extension bundle no queue trigger exists in Azure."""

import json
from pathlib import Path

HOST = json.loads((Path(__file__).parents[2] / "host.json").read_text())


def test_the_version_is_two() -> None:
    """What the Functions host of today reads."""
    assert HOST["version"] == "2.0"


def test_the_extension_bundle_is_named() -> None:
    """Nothing local would notice its absence: `func start` and Azure alike would see no queue trigger."""
    bundle = {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}
    assert HOST["extensionBundle"] == bundle


def test_queues_are_read_as_the_design_says() -> None:
    """Plain messages, half a minute between tries, five tries, an idle queue looked at every two seconds."""
    assert HOST["extensions"]["queues"] == {
        "messageEncoding": "none",
        "visibilityTimeout": "00:00:30",
        "maxPollingInterval": "00:00:02",
        "maxDequeueCount": 5,
    }


def test_sampling_leaves_traces_and_exceptions_alone() -> None:
    """Alerts read them: a line that was sampled away would not be told."""
    sampling = HOST["logging"]["applicationInsights"]["samplingSettings"]
    assert set(sampling["excludedTypes"].split(";")) == {"Trace", "Exception"}
