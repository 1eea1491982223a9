import pytest

from ingestion.errors import UnusableAnswer
from ingestion.rows import LARGEST_MENDED, read_envelope
from tests.factories import a_page, a_row

NO_RECORD = b"""{"pagination":{"limit":null,"offset":null,"count":0,"total":0},
"data":{"error":"No Record Found","success":false}}"""


def test_a_page_gives_its_rows_undecoded_and_the_announced_total():
    envelope = read_envelope(b'{"pagination":{"total":443995},"data":[{"a":1}, 2]}')
    assert ([bytes(row) for row in envelope.rows], envelope.total) == ([b'{"a":1}', b"2"], 443_995)


def test_an_empty_page_is_a_page():
    assert read_envelope(a_page([])).rows == []


@pytest.mark.parametrize(
    ("pagination", "total"),
    [
        (b'{"total":0}', 0),
        (b'{"total":20349282}', 20_349_282),
        (b'{"total":999999999}', 999_999_999),
        (b'{"total":1000000000}', None),
        (b'{"total":-1}', None),
        (b'{"total":true}', None),
        (b'{"total":"100"}', None),
        (b'{"total":1e3}', None),
        (b'{"total":null}', None),
        (b'{"total":"\xff"}', None),
        (b"{}", None),
        (b"[100]", None),
        (b"null", None),
        (b'{"total":' + b"9" * 5000 + b"}", None),
    ],
)
def test_the_announced_total_is_believed_only_where_it_is_a_plausible_count(pagination, total):
    assert read_envelope(b'{"data":[],"pagination":%s}' % pagination).total == total


def test_a_page_without_pagination_announces_nothing():
    assert read_envelope(b'{"data":[]}').total is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"<!DOCTYPE html><title>502 Bad Gateway</title>",
        a_page([a_row()])[:-1],
        b"\xff\xfe{}",
        b'{"data":[' + b"[" * 100_000,
        b'{"data":[{"a":NaN}',
        b'{"data":[NaN],"total":NaN}',
        b'[{"data":[NaN]}]',
        b'{"data":{"data":[NaN]}}',
    ],
)
def test_a_body_that_is_no_json_object_is_no_page(body):
    with pytest.raises(UnusableAnswer, match="no JSON object"):
        read_envelope(body)


@pytest.mark.parametrize("body", [b"{}", b'{"data":null}', b'{"data":"rows"}', NO_RECORD])
def test_a_body_whose_data_is_no_list_is_no_page(body):
    with pytest.raises(UnusableAnswer, match="no list of rows"):
        read_envelope(body)


@pytest.mark.parametrize("error", [b'{"code":"internal_error"}', b'"no"', b"[]"])
def test_a_body_with_an_error_is_no_page_even_with_data(error):
    with pytest.raises(UnusableAnswer, match="an error in the body"):
        read_envelope(b'{"data":[],"error":%s}' % error)


def test_an_error_of_null_is_no_error():
    assert read_envelope(b'{"data":[],"error":null}').rows == []


@pytest.mark.parametrize(
    "odd",
    [
        b"NaN",
        b"-Infinity",
        b'{"a":"\\ud800"}',
        b'{"a":"\x01, ]}"}',
        b"tru",
        b'{"a":}',
        b'[{"a":"]\\"]"},tru]',
        b"[" * 5_000 + b"]" * 5_000,
        b'{"data":[NaN]}',
    ],
)
def test_a_row_that_is_no_json_leaves_the_others_whole(odd):
    envelope = read_envelope(b'{"pagination":{"total":7},"data":[{"a":1} , %s,2 ]}' % odd)
    assert ([bytes(row) for row in envelope.rows], envelope.total) == ([b'{"a":1}', odd, b"2"], 7)


def test_a_body_with_an_error_is_no_page_whatever_its_rows():
    with pytest.raises(UnusableAnswer, match="an error in the body"):
        read_envelope(b'{"data":[NaN],"error":{"code":"internal_error"}}')


def test_a_large_body_that_is_no_json_is_not_searched_for_rows():
    with pytest.raises(UnusableAnswer, match="no JSON object"):
        read_envelope(b'{"data":[NaN,"%s"]}' % (b"x" * LARGEST_MENDED))
