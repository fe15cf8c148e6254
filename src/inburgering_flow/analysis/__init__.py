"""What can be computed of events: working time, people and queues, bands. No database, no pages, no processes."""
