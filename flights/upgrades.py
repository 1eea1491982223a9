"""What documents of earlier versions lack and only code can give them."""

from flights import changes, documents, store


def note_codes() -> int:
    """Give documents of earlier versions the codes that they are found by; how many lacked them. Safe to repeat.

    Their flights are told as changed too: nobody knows when they were written.
    """
    return sum(_note_codes(name) for name in (store.FLIGHTS, store.OBSERVATIONS))


def _note_codes(name: str) -> int:
    whole = ("0", f"9{documents.ENDS_BEFORE}")
    lacking = [each["_id"] for each in store.each_in_range(name, whole, {"_id": 1}, {"codes": None})]
    for start in range(0, len(lacking), store.BATCH):
        for key, document in store.read_by_id(name, lacking[start : start + store.BATCH]).items():
            codes = documents.codes_of(documents.record_of(document))
            store.update_if(name, {"_id": key, "etag": document["etag"]}, {"codes": codes})
    if name == store.FLIGHTS:
        changes.note(lacking)
    return len(lacking)
