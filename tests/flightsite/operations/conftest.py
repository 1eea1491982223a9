from tests.ingestion.conftest import queue as queue
