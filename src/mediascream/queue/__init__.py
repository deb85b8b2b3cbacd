"""The durable to-do list. Nothing outside this folder knows that it is DBOS."""
