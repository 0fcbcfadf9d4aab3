"""A simulation of queue, instances, cold starts, senders and Azure's limits, by events in time."""
