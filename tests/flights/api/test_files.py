import base64
import gzip
import hashlib
import io
import json
import threading
from urllib.parse import urlsplit, urlunsplit

import pandas as pd
import pytest
import zstandard
from django.db import connections
from django.test import Client

from flights import services, store
from flights.exports import making
from flights.exports.writers import Form
from flights.records import SlotState
from tests.factories import a_row
from tests.flights.api.stored import NOW, SLOT, an_empty_slot, close_slot, store_flights, store_rows
from tests.proxy import Proxy

SLOT_FILE = "/api/v1/slots/2026-11-24/04/flights"
CLOSING = "/api/v1/slots/2026-11-24/04/r0.s1/flights"
DAY_FILE = "/api/v1/days/2026-11-24/flights"
QUERY_FILE = "/api/v1/flights"


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    """A data folder of this test's own."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def api(api):
    """A client whose answers are closed in the end, also those whose body nobody reads."""
    answers, ask = [], api.request

    def kept(**request):
        answers.append(ask(**request))
        return answers[-1]

    api.request = kept
    yield api
    [answer.close() for answer in answers]


def body(answer):
    assert answer.status_code in (200, 206), answer.content
    return b"".join(answer.streaming_content)


def table(answer):
    return pd.read_csv(io.BytesIO(body(answer)))


def ids(answer):
    return list(table(answer)["flight_id"])


@pytest.fixture
def closed(api):
    """A closed slot of 30 flights; their ids."""
    stored = store_flights(30)
    close_slot(published=30)
    return stored


@pytest.mark.parametrize("url", [SLOT_FILE, CLOSING, DAY_FILE, QUERY_FILE])
def test_a_file_has_every_flight_once_and_in_order(api, closed, url):
    assert ids(api.get(f"{url}.csv")) == closed


@pytest.mark.parametrize("url", [SLOT_FILE, DAY_FILE, QUERY_FILE])
def test_all_forms_have_the_same_rows(api, closed, url):
    lines = body(api.get(f"{url}.ndjson")).splitlines()
    parquet = pd.read_parquet(io.BytesIO(body(api.get(f"{url}.parquet"))))
    assert [json.loads(line)["flight_id"] for line in lines] == list(parquet["flight_id"]) == closed


@pytest.mark.parametrize(
    ("form", "media"),
    [
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("ndjson", "application/x-ndjson; charset=utf-8"),
        ("parquet", "application/vnd.apache.parquet"),
    ],
)
def test_a_file_says_what_it_is_and_what_its_bytes_are(api, closed, form, media):
    answer = api.get(f"{SLOT_FILE}.{form}")
    data = body(answer)
    digest = base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert (answer.headers["Content-Type"], answer.headers["Content-Length"]) == (media, str(len(data)))
    assert answer.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["ETag"] == f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    assert answer.headers["Content-Disposition"] == f'attachment; filename="flights_{SLOT}_r0.{form}"'
    assert len(answer.headers["X-Request-ID"]) == 36


def test_the_address_of_a_closing_never_changes_and_that_of_a_slot_is_asked_about(api, closed):
    slot, closing, day = (api.get(f"{url}.csv") for url in (SLOT_FILE, CLOSING, DAY_FILE))
    assert closing.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert slot.headers["Cache-Control"] == day.headers["Cache-Control"] == "private, no-cache"
    assert slot.headers["Content-Location"] == f"{CLOSING}.csv"
    assert slot.headers["ETag"] == closing.headers["ETag"]


def test_filters_are_those_of_the_list(api):
    store_rows(a_row(), a_row(departure__iata="NCE", flight__iata="AF1", departure__icao="LFMN"))
    close_slot()
    both = "2026-11-24T0615-LYS-CDG-AF7641", "2026-11-24T0615-NCE-CDG-AF1"
    assert ids(api.get(f"{QUERY_FILE}.csv?flight_date=2026-11-24&dep=NCE")) == [both[1]]
    assert ids(api.get(f"{QUERY_FILE}.csv?slot={SLOT}&dep=LYS")) == [both[0]]
    assert ids(api.get(f"{QUERY_FILE}.csv?flight_date_from=2026-11-24&flight_date_to=2026-11-25")) == [*both]


@pytest.mark.parametrize("query", ["limit=5", "cursor=x", "stauts=active", "dep=L", "flight_date_from=2026-11-24"])
def test_a_parameter_that_a_file_does_not_take_is_400(api, query):
    assert api.get(f"{QUERY_FILE}.csv?{query}").status_code == 400
    assert api.get(f"{QUERY_FILE}.manifest.json?{query}").status_code == 400


@pytest.mark.parametrize("url", [SLOT_FILE, CLOSING, DAY_FILE])
def test_a_slot_and_a_day_take_no_parameter(api, closed, url):
    assert api.get(f"{url}.csv?dep=LYS").status_code == 400


@pytest.mark.parametrize("url", [SLOT_FILE, CLOSING, DAY_FILE, QUERY_FILE])
def test_a_form_that_is_none_is_400_and_names_those_there_are(api, closed, url):
    fault = api.get(f"{url}.xlsx").json()["errors"][0]
    assert (fault["parameter"], fault["hint"]) == ("form", "Valid: one of csv, ndjson, parquet.")


def test_a_day_fetched_afterwards_has_files_too(api):
    stored = store_rows(a_row(), slot="2026-11-20")
    close_slot("2026-11-20", backfill=True)
    assert ids(api.get("/api/v1/slots/2026-11-20/flights.csv")) == stored
    assert ids(api.get("/api/v1/slots/2026-11-20/r0.s1/flights.csv")) == stored
    told = api.get("/api/v1/slots/2026-11-20/flights.manifest.json").json()["data"]
    assert told["files"][0]["url"].endswith("/api/v1/slots/2026-11-20/r0.s1/flights.csv")


def test_an_empty_slot_is_a_file_without_rows(api):
    an_empty_slot()
    assert ids(api.get(f"{SLOT_FILE}.csv")) == []


@pytest.mark.parametrize("url", [f"{SLOT_FILE}.csv", f"{CLOSING}.csv", f"{SLOT_FILE}.manifest.json"])
def test_a_slot_that_is_open_is_409_and_says_where_its_flights_are(api, url):
    services.open_slot(SLOT, "run", NOW)
    store_flights(3)
    answer = api.get(url)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:flightsite:problem:conflict")
    assert answer.json()["detail"] == f"Slot {SLOT} is collecting, so it has no file yet."
    assert answer.json()["hint"].endswith(f": {SLOT_FILE}")
    assert api.get(f"{QUERY_FILE}.csv?slot={SLOT}").status_code == 409


def test_a_slot_that_failed_is_409_with_the_reason(api):
    services.fail_slot(SLOT, "run", SlotState.FAILED, "the upstream refused the key", NOW)
    assert "is failed, so it has no file yet: the upstream refused" in api.get(f"{SLOT_FILE}.csv").json()["detail"]


def test_an_unknown_slot_is_404(api):
    assert [api.get(f"{url}.csv").status_code for url in (SLOT_FILE, CLOSING)] == [404, 404]


def closed_anew():
    """The slot is redriven: one flight more, then revision 1."""
    store_flights(1, first=40)
    close_slot(published=31, revision=1)


def test_a_slot_that_is_closed_anew_has_new_files_and_the_old_ones_are_gone(api, closed):
    before = api.get(f"{SLOT_FILE}.csv")
    closed_anew()
    after = api.get(f"{SLOT_FILE}.csv", headers={"if-none-match": before.headers["ETag"]})
    assert len(ids(after)) == 31
    assert after.headers["Content-Location"] == f"{CLOSING}.csv".replace("r0", "r1")
    gone = api.get(f"{CLOSING}.csv")
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:flightsite:problem:gone")
    assert gone.json()["hint"].startswith("The present one is r1.s1; its files are named by")


@pytest.mark.parametrize("closing", ["r1.s1", "r0.s2"])
def test_a_closing_that_is_still_to_come_is_404(api, closed, closing):
    assert api.get(f"{CLOSING}.csv".replace("r0.s1", closing)).status_code == 404


def test_a_closing_whose_name_is_wrong_is_400(api, closed):
    answer = api.get(f"{CLOSING}.csv".replace("r0.s1", "latest"))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "closing")


@pytest.mark.parametrize("form", Form)
def test_a_closing_is_never_served_with_other_rows_than_it_had(api, closed, data_folder, form):
    """A redrive has written, and not closed the slot yet; the file that was made before is lost."""
    before = body(api.get(f"{CLOSING}.{form}"))
    store_flights(1, first=40)
    assert body(api.get(f"{CLOSING}.{form}")) == before
    [path.unlink() for path in (data_folder / "exports").glob("*.*")]
    answer = api.get(f"{CLOSING}.{form}")
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "60")
    assert "is being redriven" in answer.json()["detail"]
    close_slot(published=31, revision=1)
    assert api.get(f"{SLOT_FILE}.{form}").status_code == 200


def test_a_lost_file_is_made_again_with_the_same_bytes(api, closed, data_folder):
    before = [body(api.get(f"{CLOSING}.{form}")) for form in Form]
    [path.unlink() for path in (data_folder / "exports").glob("*.*")]
    assert [body(api.get(f"{CLOSING}.{form}")) for form in Form] == before


def test_a_closed_slot_is_read_once_for_all_who_ask(api, closed, monkeypatch):
    body(api.get(f"{CLOSING}.csv"))
    store.collection(store.OBSERVATIONS).delete_many({})
    assert ids(api.get(f"{CLOSING}.csv")) == ids(api.get(f"{SLOT_FILE}.csv")) == closed


def test_a_day_is_read_anew_when_its_file_is_older_than_a_minute(api, closed, monkeypatch):
    assert ids(api.get(f"{DAY_FILE}.csv")) == closed
    store_flights(1, first=40)
    assert ids(api.get(f"{DAY_FILE}.csv")) == closed
    monkeypatch.setattr(making, "FRESH_SECONDS", 0)
    assert len(ids(api.get(f"{DAY_FILE}.csv"))) == 31


@pytest.mark.parametrize("url", [CLOSING, DAY_FILE])
def test_who_has_the_file_gets_304_and_no_body(api, closed, url):
    etag = api.get(f"{url}.csv").headers["ETag"]
    answer = api.get(f"{url}.csv", headers={"if-none-match": f'"other", {etag}'})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", etag)
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert api.get(f"{url}.csv", headers={"if-none-match": '"other"'}).status_code == 200


def test_who_wants_another_file_gets_412(api, closed):
    answer = api.get(f"{DAY_FILE}.csv", headers={"if-match": '"other"'})
    assert (answer.status_code, answer.json()["type"]) == (412, "urn:flightsite:problem:precondition-failed")


@pytest.mark.parametrize("url", [SLOT_FILE, CLOSING, DAY_FILE, QUERY_FILE])
@pytest.mark.parametrize("form", Form)
def test_head_has_the_headers_of_get_and_no_body(api, closed, url, form):
    whole, head = api.get(f"{url}.{form}"), api.head(f"{url}.{form}")
    assert body(head) == b""
    own = {"X-Request-ID": "", "RateLimit": ""}
    assert {**head.headers, **own} == {**whole.headers, **own}


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None), ("bytes=5-99999999", 5, None)],
)
def test_a_part_of_a_file_can_be_asked_for(api, closed, asked, start, end):
    whole = body(api.get(f"{CLOSING}.parquet"))
    part = api.get(f"{CLOSING}.parquet", headers={"range": asked})
    first = start % len(whole)
    assert (part.status_code, body(part)) == (206, whole[start:end])
    last = first + len(whole[start:end]) - 1
    assert part.headers["Content-Range"] == f"bytes {first}-{last}/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "rows=0-1", "bytes=9-5", "bytes=-", "nonsense"])
def test_a_range_that_is_not_understood_is_the_whole_file(api, closed, asked):
    assert api.get(f"{CLOSING}.csv", headers={"range": asked}).status_code == 200


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_range_beyond_the_file_is_416_with_its_size(api, closed, asked):
    size = len(body(api.get(f"{CLOSING}.csv")))
    answer = api.get(f"{CLOSING}.csv", headers={"range": asked})
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{size}")
    assert answer.json()["type"] == "urn:flightsite:problem:range-not-satisfiable"


def test_a_part_of_a_file_that_changed_meanwhile_is_the_whole_new_file(api, closed):
    etag = api.get(f"{DAY_FILE}.csv").headers["ETag"]
    parts = {"range": "bytes=0-9"}
    assert api.get(f"{DAY_FILE}.csv", headers={**parts, "if-range": etag}).status_code == 206
    assert api.get(f"{DAY_FILE}.csv", headers={**parts, "if-range": '"other"'}).status_code == 200


@pytest.mark.parametrize(("coding", "decoded"), [("gzip", gzip.decompress), ("zstd", None)])
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_text_file_is_compressed_for_who_accepts_it(api, closed, coding, decoded, form):
    plain = api.get(f"{CLOSING}.{form}")
    answer = api.get(f"{CLOSING}.{form}", headers={"accept-encoding": coding})
    data = body(answer)
    read = decoded or (lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data))
    assert (answer.headers["Content-Encoding"], read(data)) == (coding, body(plain))
    assert len(data) < len(read(data)) / 3
    assert answer.headers["ETag"] == f"W/{plain.headers['ETag']}"
    assert not {"Content-Length", "Repr-Digest"} & set(answer.headers)


def test_parquet_and_parts_and_head_are_not_compressed(api, closed):
    accepted = {"accept-encoding": "gzip"}
    assert "Content-Encoding" not in api.get(f"{CLOSING}.parquet", headers=accepted).headers
    assert "Content-Encoding" not in api.get(f"{CLOSING}.csv", headers={**accepted, "range": "bytes=0-9"}).headers
    head = api.head(f"{CLOSING}.csv", headers=accepted)
    assert (head.headers["Content-Encoding"], body(head), "Content-Length" in head.headers) == ("gzip", b"", False)


@pytest.mark.parametrize("accept", ["text/csv", "text/*", "*/*", "application/json, text/csv;q=0.5"])
def test_a_file_is_offered_as_what_its_address_says(api, closed, accept):
    assert api.get(f"{CLOSING}.csv", headers={"accept": accept}).status_code == 200


def test_a_file_is_not_offered_as_something_else(api, closed):
    answer = api.get(f"{CLOSING}.csv", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["detail"]) == (406, "Only text/csv is offered here.")


@pytest.mark.parametrize(
    "url", [f"{SLOT_FILE}.csv", f"{CLOSING}.csv", f"{DAY_FILE}.csv", f"{QUERY_FILE}.csv", f"{DAY_FILE}.manifest.json"]
)
def test_no_file_without_a_key_and_none_from_a_store_that_is_down(api, client, settings, url):
    assert client.get(url).status_code == 401
    settings.MONGODB_URI = "mongodb://127.0.0.1:9/nothing?serverSelectionTimeoutMS=200"
    assert api.get(url).status_code == 503
    store.close()


@pytest.fixture
def by_proxy(settings):
    """Puts a proxy between us and MongoDB."""
    target = urlsplit(settings.MONGODB_URI)
    proxy = Proxy(target.port, host=target.hostname)
    settings.MONGODB_URI = urlunsplit(target._replace(netloc=f"127.0.0.1:{proxy.port}")) + "&retryReads=false"
    yield proxy
    store.close()
    proxy.close()


@pytest.mark.parametrize("form", Form)
def test_a_store_that_falls_away_in_the_middle_leaves_no_file_and_no_half_answer(
    api, by_proxy, data_folder, monkeypatch, form
):
    monkeypatch.setattr(store, "BATCH", 10)
    store_flights(30)
    by_proxy.refuse(b"getMore")
    answer = api.get(f"{DAY_FILE}.{form}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "application/problem+json")
    assert list((data_folder / "exports").glob("*.*")) == []


def test_a_data_folder_that_takes_no_file_is_503_and_says_so(api, closed, data_folder):
    (data_folder / "exports").write_text("in the way")
    answer = api.get(f"{DAY_FILE}.csv")
    assert (answer.status_code, answer.json()["detail"]) == (503, "There is no room for files.")
    assert str(data_folder).encode() not in answer.content


def test_many_who_ask_at_once_get_the_same_whole_file(transactional_db, documents, key):
    stored = store_flights(50)
    close_slot(published=50)
    answers = []

    def ask():
        api = Client(headers={"authorization": f"Api-Key {key}"})
        answers.append(ids(api.get(f"{CLOSING}.csv")))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert answers == [stored] * 8


def test_a_manifest_tells_rows_bytes_and_checksums_that_are_true(api, closed):
    told = api.get(f"{SLOT_FILE}.manifest.json").json()
    assert (told["data"]["rows"], told["data"]["revision"], told["data"]["immutable"]) == (30, 0, True)
    assert told["data"]["counts"]["published"] == 30
    assert told["meta"]["slot"]["completeness"]["sampling"] == "everything listed"
    for file in told["data"]["files"]:
        data = body(api.get(file["url"]))
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
    assert [file["form"] for file in told["data"]["files"]] == list(Form)


def test_a_manifest_explains_every_column_of_the_file(api, closed):
    columns = api.get(f"{SLOT_FILE}.manifest.json").json()["data"]["columns"]
    assert [column["name"] for column in columns] == list(table(api.get(f"{SLOT_FILE}.csv")).columns)
    assert all(column["definition"].endswith(".") for column in columns)
    altitude = next(column for column in columns if column["name"] == "altitude_m")
    assert (altitude["type"], altitude["unit"]) == ("number", "m")


@pytest.mark.parametrize(
    ("url", "file"),
    [
        (f"{DAY_FILE}.manifest.json", f"{DAY_FILE}.csv"),
        (f"{QUERY_FILE}.manifest.json?dep=LYS", f"{QUERY_FILE}.csv?dep=LYS"),
        (f"{QUERY_FILE}.manifest.json?slot={SLOT}&dep=LYS", f"{QUERY_FILE}.csv?slot={SLOT}&dep=LYS"),
    ],
)
def test_a_day_and_a_query_have_a_manifest_of_what_they_hold_now(api, closed, url, file):
    told = api.get(url).json()["data"]
    assert (told["immutable"], told["revision"], told["files"][0]["url"]) == (False, None, f"http://testserver{file}")
    assert hashlib.sha256(body(api.get(file))).hexdigest() == told["files"][0]["sha256"]


def test_the_files_of_a_manifest_have_the_rows_of_one_moment(api, closed, monkeypatch):
    body(api.get(f"{DAY_FILE}.csv"))
    store_flights(1, first=40)
    told = api.get(f"{DAY_FILE}.manifest.json").json()["data"]
    lines = body(api.get(f"{DAY_FILE}.ndjson")).splitlines()
    assert told["rows"] == len(lines) == len(ids(api.get(f"{DAY_FILE}.csv")))
