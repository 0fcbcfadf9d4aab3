"""The largest event on a real queue: its limit is one of the message, not of the XML around it."""

import pytest
from azure.core.exceptions import ResourceExistsError
from azure.storage.queue import QueueClient

from switchboard.adapters.queue_storage import QueueStorage
from switchboard.adapters.storage_connection import StorageConnection
from switchboard.events import SmsReceived, SmsReceivedData
from switchboard.publishing import LARGEST_EVENT, QueuePublisher
from switchboard.queues import LARGEST_MESSAGE
from tests import published
from tests.memory import NOON


@pytest.mark.parametrize("character", ["x", "😀", "&", "<", '"', "\x00", "\ufffe"])
async def test_the_largest_event_of_any_character_is_taken(connection: str, character: str) -> None:
    """Cut to the last byte, and as a consumer reads it."""
    data = SmsReceivedData(sid="SM1", body=character * LARGEST_MESSAGE, parameters={"Tomorrow": character * 1000})
    with QueueClient.from_connection_string(connection, "events") as queue:
        try:
            queue.create_queue()
        except ResourceExistsError:
            queue.clear_messages()
        storage = QueueStorage(StorageConnection.from_environ({"AzureWebJobsStorage": connection}))
        try:
            event = SmsReceived(id="sms.received:SM1", time=NOON, data=data)
            await QueuePublisher(storage, "/switchboard/AC1").publish(event)
        finally:
            await storage.close()
        (message,) = queue.receive_messages()
        queue.delete_message(message)
    size = len(message.content.encode())
    assert LARGEST_EVENT - 8 < size <= LARGEST_EVENT + 8
    assert published.read(message.content)["truncated"] == ["parameters.Tomorrow", "body"]
