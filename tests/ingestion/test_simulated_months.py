"""Whole months of the plan against a model of the upstream that charges as it likes. Pure: no clock, no database."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from ingestion import periods
from ingestion.plan import MonthPlan, Purpose, Spending, Terms, plan_month
from ingestion.plan_words import why_not_served

NOW = datetime(2026, 12, 9, tzinfo=UTC)
SCHEDULES = ["0 */2 * * *", "15 */6 * * *", "0 0 * * *", "*/30 8-17 * * 1-5", "0 4 1,15 * *"]
SETTLED = timedelta(minutes=20)  # after a tick: its slot is collected


@dataclass
class Upstream:
    """Charges every request that reaches it and is not refused, and never stops anybody: that is our duty."""

    limit: int
    charged: int = 0


@dataclass
class Month:
    """A month with its ledger; a request is answered, lost (but charged), refused (uncharged) or never sent."""

    terms: Terms
    upstream: Upstream
    has_words: bool
    last_slot: datetime | None = None
    spent: Counter = field(default_factory=Counter)
    told: int = 0
    word: int | None = None
    after: int = 0
    plan: MonthPlan | None = None

    @property
    def slots(self):
        period = periods.period_of(NOW, self.terms.reset_day)
        return periods.slots_between(self.terms.schedule, period.starts_at, period.ends_at)

    def look(self, now, committed=0):
        own = sum(self.spent.values())
        self.plan = plan_month(
            self.terms,
            Spending(
                used=own if self.word is None else max(self.told, self.word + self.after),
                limit=self.upstream.limit if self.word is not None else None,
                retries=self.spent[Purpose.RETRY],
                people=self.spent[Purpose.PEOPLE],
                aside=self.spent[Purpose.BACKFILL] + self.spent[Purpose.REFERENCE],
                committed=committed,
                last_slot=self.last_slot,
            ),
            now,
        )
        return self.plan

    def spend(self, purpose, wanted, now, end="answered"):
        """As many requests as the plan allows at this moment; how many that were."""
        plan = self.look(now)
        many = min(wanted, max(0, plan.remaining - max(0, plan.floor(purpose))))
        if end != "refused":
            self.spent[purpose] += many
        if end in ("answered", "lost"):
            self.upstream.charged += many
        if end in ("lost", "unsent"):
            self.after += many
        if end == "answered":
            self.told += many
            if many and self.has_words:
                self.word, self.after = self.upstream.charged, 0
        return many

    def collect(self, tick, trouble, end):
        """One slot: its pages, some of them in trouble and asked for again; how many. None where it is left out."""
        plan = self.look(tick)
        if plan.next_slot != tick:
            return None
        self.last_slot = tick.replace(minute=0)
        bad = self.spend(Purpose.SCHEDULE, min(trouble, plan.pages_a_slot), tick, end)
        good = self.spend(Purpose.SCHEDULE, plan.pages_a_slot - bad, tick)
        self.spend(Purpose.RETRY, bad, tick)
        return bad + good


ENDS = st.sampled_from(["lost", "refused", "unsent"])
TERMS = st.builds(
    Terms,
    allowance=st.one_of(st.integers(0, 800), st.integers(0, 50_000)),
    schedule=st.sampled_from(SCHEDULES),
    reset_day=st.sampled_from([1, 15, 31]),
    retry_percent=st.sampled_from([0, 2, 5]),
    people_percent=st.sampled_from([0, 1, 10]),
    backfill_percent=st.sampled_from([0, 0.25, 5, 20]),
    slot_max_pages=st.none() | st.integers(1, 300),
)


@st.composite
def months(draw):
    """A month's terms, and by slot number what happens: trouble, its kind, people's pages, a backfill's pages."""
    events = st.dictionaries(
        st.integers(0, 371), st.tuples(st.integers(0, 40), ENDS, st.integers(0, 30), st.integers(0, 3_000)), max_size=60
    )
    return draw(TERMS), draw(st.booleans()), draw(events)


@given(months(), st.integers(-200, 5_000))
@effort(max_examples=200, deadline=None)
def test_no_month_costs_more_than_the_allowance_and_every_slot_is_served_or_explained(drawn, above):
    terms, has_words, events = drawn
    limit = max(0, terms.allowance + above)
    month = Month(terms, Upstream(limit), has_words)
    served, explained = 0, 0
    for number, tick in enumerate(month.slots):
        trouble, end, people, backfill = events.get(number, (0, "lost", 0, 0))
        asked = month.collect(tick, trouble, end)
        served += asked is not None
        explained += asked is None and why_not_served(month.plan) is not None
        month.spend(Purpose.PEOPLE, people, tick + SETTLED)
        month.spend(Purpose.BACKFILL, backfill, tick + SETTLED)
        month.spend(Purpose.REFERENCE, trouble, tick + SETTLED, end)
    assert month.upstream.charged <= terms.allowance
    assert served + explained == len(month.slots)


def pages_by_slot(drawn, *, with_backfill):
    """Pages of each slot in a month whose retries and people stay within their reserves."""
    terms, has_words, events = drawn
    month = Month(terms, Upstream(terms.allowance), has_words)
    left = {Purpose.RETRY: terms.reserve(terms.retry_percent), Purpose.PEOPLE: terms.reserve(terms.people_percent)}
    pages = []
    for number, tick in enumerate(month.slots):
        trouble, end, people, backfill = events.get(number, (0, "lost", 0, 0))
        trouble, people = min(trouble, left[Purpose.RETRY]), min(people, left[Purpose.PEOPLE])
        left[Purpose.RETRY] -= trouble
        left[Purpose.PEOPLE] -= people
        pages.append(month.collect(tick, trouble, end) or 0)
        month.spend(Purpose.PEOPLE, people, tick + SETTLED)
        if with_backfill:
            month.spend(Purpose.BACKFILL, backfill, tick + SETTLED)
    return pages


@given(months())
@effort(max_examples=200, deadline=None)
def test_no_slot_gets_fewer_pages_because_of_a_backfill(drawn):
    without, beside = (pages_by_slot(drawn, with_backfill=each) for each in (False, True))
    assert [number for number, pair in enumerate(zip(without, beside, strict=True)) if pair[1] < pair[0]] == []


@given(TERMS, st.none() | st.integers(1, 400))
@effort(max_examples=200, deadline=None)
def test_the_slots_of_a_month_without_trouble_are_evenly_spaced(terms, hours_ago):
    month = Month(terms, Upstream(terms.allowance), has_words=True)
    if hours_ago is not None and month.slots:
        month.last_slot = month.slots[0].replace(minute=0) - timedelta(hours=hours_ago)
    served = [number for number, tick in enumerate(month.slots) if month.collect(tick, 0, "lost")]
    gaps = {after - before for before, after in pairwise(served)}
    assert not gaps or max(gaps) - min(gaps) <= 1
    assert not gaps or len(month.slots) - served[-1] <= max(gaps)  # and none of the month's end goes without


@given(TERMS)
@effort(max_examples=20, deadline=None)
def test_a_month_without_trouble_leaves_little_but_its_reserves(terms):
    month = Month(terms, Upstream(terms.allowance), has_words=False)
    asked = sum(month.collect(tick, 0, "lost") or 0 for tick in month.slots)
    kept = sum(map(terms.reserve, (terms.retry_percent, terms.people_percent, terms.backfill_percent)))
    most = month.look(month.slots[-1]).even_share * len(month.slots)
    assert asked >= min(most, terms.allowance - kept)
