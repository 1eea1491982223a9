"""Going through the pages of a list, by API."""


def pages(api, url, between=lambda: None):
    """Every page from this address on, with something done between them."""
    while url:
        answer = api.get(url)
        assert answer.status_code == 200, answer.content
        yield answer.json()
        url = answer.json()["next"]
        between()


def walked(api, url, between=lambda: None, key="flight_id"):
    return [row[key] for page in pages(api, url, between) for row in page["data"]]
