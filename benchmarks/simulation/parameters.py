"""What the simulation is made from: measured figures of results.json, documented limits, and stated assumptions."""

from __future__ import annotations

import msgspec

from benchmarks.report import Results


class Parameters(msgspec.Struct, frozen=True, kw_only=True):
    """Times are in seconds, rates a second.

    Measured: `text_cpu`, `callback_cpu`, `webhook_cpu`, `cold_start`. Documented by Azure: `queue_rate` and
    `account_rate` (targets of one queue and one storage account). The rest are settings of this app and assumptions.
    """

    text_cpu: float
    callback_cpu: float
    webhook_cpu: float
    cold_start: float
    # https://learn.microsoft.com/azure/storage/queues/scalability-targets
    # https://learn.microsoft.com/azure/storage/common/scalability-targets-standard-account
    queue_rate: float = 2_000
    account_rate: float = 20_000
    # batchSize 16 + newBatchThreshold 8 on one core; httpConcurrency and maximumInstanceCount of infra/main.bicep.
    queue_concurrency: int = 24
    http_concurrency: int = 16
    most_instances: int = 100
    # Assumed: what Twilio and storage take for an answer, and what Azure takes to give an instance.
    twilio_answer: float = 0.15
    storage_answer: float = 0.01
    allocation: float = 2.0
    # Assumed: the controller decides every few seconds, and at most doubles what is there.
    decision: float = 5.0
    # Twilio keeps at most this many seconds of a sender's texts: https://www.twilio.com/docs/api/errors/30001
    most_backlog: float = 36_000
    callbacks: int = 3

    @property
    def instance_ready(self) -> float:
        """Seconds from the decision for an instance to its first answer."""
        return self.allocation + self.cold_start

    @property
    def text_seconds(self) -> float:
        """Seconds of one text on an idle instance: three requests to the tables, and Twilio."""
        return 3 * self.storage_answer + self.twilio_answer + self.text_cpu

    @classmethod
    def measured(cls, results: Results) -> Parameters:
        """Returns the parameters with the figures of a run of the benchmarks."""
        cases = {row.name: row.cases for row in results.rows}
        return cls(
            text_cpu=cases["outbox"]["switchboard"]["cpu"].median,
            callback_cpu=cases["callbacks"]["one by one"]["cpu"].median,
            webhook_cpu=cases["warm-webhook"]["voice/menu"]["cpu"].median,
            cold_start=cases["cold-vault"]["call"]["time"].median,
        )
