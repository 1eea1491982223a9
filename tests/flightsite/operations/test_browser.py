"""The operators' page in Chromium: at a desk and on a phone, light and dark. Skipped where there is no Chromium."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

import flights.services
from flights.slots import last_tick, slot_key
from flights.times import utc_now
from ingestion.models import Run, RunState
from tests import browser

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(browser.executable() is None, reason="CHROMIUM IS NOT ON PATH: the page is shown to no browser"),
]

LONG = "KeyRefused: HTTP 401: the access key was refused " + "x" * 200
WIDER_THAN_THE_SCREEN = """
    [...document.querySelectorAll("#operations *")]
        .filter(each => !each.closest(".ops-scroll") && each.getBoundingClientRect().right > innerWidth + 1)
        .map(each => each.outerHTML.slice(0, 80))
"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser.chromium(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.fixture
def page(live_server, client, tab, documents, topics, queue):
    """Opens the page as a person who may press everything, with a failed run and a calendar that has gaps."""
    now = utc_now()
    tick = last_tick("0 */2 * * *", now)
    run = {"trigger": "schedule", "started_at": now, "opened_at": now}
    Run.objects.create(slot=slot_key(tick), state=RunState.FAILED, error=LONG, finished_at=now, **run)
    Run.objects.create(slot=slot_key(tick - timedelta(days=13)), **run)
    for hours in range(2, 48, 2):
        flights.services.miss_slot(slot_key(tick - timedelta(hours=hours)), "nothing ran", now)
    client.force_login(User.objects.create_superuser("ada"))

    def opened(width=1280, scheme="light"):
        tab.cookie(live_server.url, "sessionid", client.cookies["sessionid"].value)
        tab.show_as(width, scheme)
        tab.open(f"{live_server.url}/admin/operations/")
        return tab

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_the_screen_and_nothing_fails(page, width, scheme):
    shown = page(width, scheme)
    assert "its run failed in" in shown.run("document.querySelector('.ops-headline').innerText")
    assert shown.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert shown.run(WIDER_THAN_THE_SCREEN) == []
    assert shown.run("getComputedStyle(document.querySelector('.ops-card')).borderTopStyle") == "solid"
    assert shown.faults == []


def test_the_verdict_is_seen_without_scrolling_on_a_phone(page):
    assert page(390).run("document.querySelector('.ops-verdict').getBoundingClientRect().top < 200")


def test_words_stand_out_from_their_ground(page):
    """A contrast of 4.5, as WCAG AA asks for, of the verdict's and the calendar's words."""
    assert page(390, "dark").run(CONTRAST) >= 4.5
    assert page(390, "light").run(CONTRAST) >= 4.5


def test_a_button_opens_its_form_and_is_off_once_pressed(page):
    shown = page(390)
    shown.run("document.querySelector('.ops-buttons summary').click()")
    assert shown.run("document.querySelector('details[open] form input[name=reason]').required")
    shown.run(
        "document.addEventListener('submit', event => event.preventDefault());"
        "document.querySelector('details[open] input[name=reason]').value = 'because';"
        "document.querySelector('details[open] form').requestSubmit()"
    )
    assert shown.run("document.querySelector('details[open] button').disabled")


CONTRAST = """
(() => {
    const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
    const light = (colour) => {
        canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const of = (word, ground) => {
        const [a, b] = [light(getComputedStyle(word).color), light(getComputedStyle(ground).backgroundColor)];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const verdict = document.querySelector(".ops-verdict");
    const cells = [...document.querySelectorAll(".ops-cell")].filter(cell => getComputedStyle(cell).backgroundColor);
    const mark = document.querySelector(".ops-mark");
    return Math.min(of(mark, verdict), of(verdict, verdict), ...cells.map(cell => of(cell, cell)));
})()
"""
