"""Dead letters tried again with the present code, through the ordinary path; closed when it worked.

Everything here may be killed and repeated: pages and messages are published again with the same records, and
a letter is closed only after the broker has acknowledged what it became.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import F
from structlog import get_logger

import streaming.services
from flights import store
from flights.times import utc_now
from ingestion import archive, claims, observations, services, sources, steps, summaries, verdicts
from ingestion.archive import ArchivedPage
from ingestion.errors import RunBusy
from ingestion.models import Run, RunState
from ingestion.steps import Context
from ingestion.verdicts import Fate, JudgedMessage, JudgedPage, Letter, Verdict
from streaming import dead_letters
from streaming.events import Event
from streaming.letters import Kind, LetterState
from streaming.producer import observation_producer

GONE = Verdict(Fate.STUCK, "its page is gone from the archive")
AGAIN = Verdict(Fate.REFUSED, "published, and refused again meanwhile: it stays open")
NO_RUN = ""  # of messages that name no run of the ledger

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became, or would become, of one letter."""

    letter: str
    reason: str
    fate: Fate
    text: str


@dataclass(slots=True)
class _Work:
    """What the redrive of one run is about."""

    pages: list[ArchivedPage] = field(default_factory=list)
    messages: list[JudgedMessage] = field(default_factory=list)


class _Found:
    """Verdicts as they come in, one for each page or message of a letter, until the letter is settled."""

    def __init__(self, letters: Sequence[Letter]) -> None:
        self.letters = {letter["_id"]: letter for letter in letters}
        self._awaited: Counter[str] = Counter()
        self._told: dict[str, list[Verdict]] = defaultdict(list)

    def await_parts(self, letters: Iterable[str]) -> None:
        self._awaited.update(letters)

    def tell(self, letter: str, verdict: Verdict) -> None:
        self._told[letter].append(verdict)

    def replace(self, letter: str, verdict: Verdict) -> None:
        self._told[letter] = [verdict]

    def is_accepted(self, letter: str) -> bool:
        told = self._told[letter]
        return len(told) >= self._awaited[letter] > 0 and self.verdict_of(letter).fate == Fate.ACCEPTED

    def verdict_of(self, letter: str) -> Verdict:
        """The worst of its verdicts: a letter is accepted when it is so everywhere."""
        told = self._told[letter] or [GONE]
        for fate in (Fate.STUCK, Fate.REFUSED):
            if worst := [verdict for verdict in told if verdict.fate == fate]:
                return worst[0]
        more = f" and {len(told) - 1} more" if len(told) > 1 else ""
        return Verdict(Fate.ACCEPTED, told[0].text + more)


def redrive(
    letters: Sequence[Letter], by: str, *, dry_run: bool = False, tell: Callable[[str], None] = services.quiet
) -> list[Outcome]:
    """Try open letters again; one revision of a slot, however many of its letters are among them.

    A dry run writes and publishes nothing. Raises ArchiveUnavailable, StoreUnavailable and BrokerUnavailable:
    then what was not closed by then is to be redriven again.
    """
    found = _Found(letters)
    work = _work_of(found)
    for key in sorted(work):
        refusal = _why_not(key, Run.objects.with_key(key)) if key else None
        if refusal:
            _tell_all(found, work[key], Verdict(Fate.STUCK, refusal))
        elif dry_run:
            judged = [verdicts.judge_page(page, found.letters) for page in work[key].pages]
            _tell_verdicts(found, judged, work[key].messages)
        else:
            _redrive_run(key, work[key], found, tell)
            _close_accepted(found, work[key], by)
    if not dry_run:
        dead_letters.recount()
    return [_outcome(letter, found.verdict_of(key)) for key, letter in found.letters.items()]


def _outcome(letter: Letter, verdict: Verdict) -> Outcome:
    return Outcome(letter["_id"], letter["reason"], verdict.fate, verdict.text)


def _work_of(found: _Found) -> dict[str, _Work]:
    """Pages and messages by run."""
    work: dict[str, _Work] = defaultdict(_Work)
    rows = [key for key, letter in found.letters.items() if letter["kind"] == Kind.ROW]
    for page in archive.pages_with(rows) if rows else []:
        work[page.run].pages.append(page)
        found.await_parts(set(page.letters) & set(rows))
    for key in found.letters.keys() - set(rows):
        judged = verdicts.judge_message(found.letters[key])
        known = judged.run and Run.objects.with_key(judged.run)
        work[known.key if known else NO_RUN].messages.append(judged)
        found.await_parts([key])
    return work


def _why_not(key: str, run: Run | None) -> str | None:
    if run is None:
        return f"run {key} is gone from the ledger"
    if run.state != RunState.PUBLISHED:
        return f"{run} is {run.state}: let it end first"
    removed = (store.find_one(store.SLOTS, run.slot) or {}).get("pages_removed_at") or sources.removed_at(run)
    if removed is not None:
        return f"its run's raw pages were removed on {removed:%Y-%m-%d}: its slot can't be counted anew; discard it"
    return observations.why_not_added_to(run.slot, run.replays)


def _tell_all(found: _Found, work: _Work, verdict: Verdict) -> None:
    for page in work.pages:
        for letter in found.letters.keys() & set(page.letters):
            found.tell(letter, verdict)
    for message in work.messages:
        found.tell(message.letter["_id"], verdict)


def _tell_verdicts(found: _Found, pages: Iterable[JudgedPage], messages: Iterable[JudgedMessage]) -> None:
    for page in pages:
        for letter, verdict in page.verdicts.items():
            found.tell(letter, verdict)
    for message in messages:
        found.tell(message.letter["_id"], message.verdict)


def _redrive_run(key: str, work: _Work, found: _Found, tell: Callable[[str], None]) -> None:
    run = Run.objects.with_key(key) if key else None
    if run is None:
        _publish_alone(work.messages)
        _tell_verdicts(found, [], work.messages)
        return
    try:
        with claims.holding(run) as hold:
            judged = _work_on(run, work, found.letters, Context(tell=tell, hold=hold))
    except RunBusy as error:
        _tell_all(found, work, Verdict(Fate.STUCK, str(error)))
    else:
        _tell_verdicts(found, judged, work.messages)


def _work_on(run: Run, work: _Work, letters: Mapping[str, Letter], context: Context) -> list[JudgedPage]:
    """Judge and keep the pages as they are now that nobody else works on the run, then publish."""
    wanted = {page.id for page in work.pages}
    judged = []
    for page in archive.pages_of(run.key):
        if page.id not in wanted:
            continue
        context.hold()
        judged.append(verdicts.judge_page(page, letters))
        _keep(judged[-1])
    _note_refused(work.messages)
    if any(page.is_better for page in judged) or _accepted(work.messages):
        _publish(run, work.messages, context)
    return judged


def _keep(judged: JudgedPage) -> None:
    """A page that no letter gains by stays as it is published; what is wrong with its rows is told anew."""
    if judged.made is None:
        return
    if judged.is_better:
        steps.keep_made(judged.page, judged.made)
    else:
        steps.keep_rejected(judged.page, judged.made)


def _publish(run: Run, messages: Sequence[JudgedMessage], context: Context) -> None:
    """Records first, then the markers of the run's next revision, so that its slot is counted anew."""
    with observation_producer() as producer:
        steps.publish_pages(run, producer, context)
        for message, event in _accepted(messages):
            streaming.services.publish_again(message.letter, event, producer)
        producer.flush()
        Run.objects.filter(pk=run.pk).update(revision=F("revision") + 1)
        run.refresh_from_db()
        streaming.services.publish_end(summaries.summary_of(run), producer, utc_now())
    context.tell(f"{run.key}: published as revision {run.revision}")
    logger.info("redriven", run=run.key, revision=run.revision)


def _publish_alone(messages: Sequence[JudgedMessage]) -> None:
    _note_refused(messages)
    if accepted := _accepted(messages):
        with observation_producer() as producer:
            for message, event in accepted:
                streaming.services.publish_again(message.letter, event, producer)


def _accepted(messages: Iterable[JudgedMessage]) -> list[tuple[JudgedMessage, Event]]:
    return [(message, message.event) for message in messages if message.event is not None]


def _note_refused(messages: Iterable[JudgedMessage]) -> None:
    for message in messages:
        if message.error is not None:
            streaming.services.refuse_again(message.letter, message.error, utc_now())


def _close_accepted(found: _Found, work: _Work, by: str) -> None:
    """Close what is settled; a letter that stands on pages of several runs is so after the last of them."""
    keys = {key for page in work.pages for key in page.letters} | {each.letter["_id"] for each in work.messages}
    for key in sorted(keys & found.letters.keys()):
        if found.is_accepted(key):
            why = f"became {found.verdict_of(key).text}"
            if not dead_letters.close(found.letters[key], LetterState.REDRIVEN, by, why, utc_now()):
                found.replace(key, AGAIN)
