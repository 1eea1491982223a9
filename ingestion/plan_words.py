"""The plan of the allowance in sentences: for people, slots' records and refusals. Pure: no clock, no I/O."""

from flights.slots import slot_key
from ingestion.plan import MonthPlan, Purpose

_LARGER = "with a larger plan raise AVIATIONSTACK_MONTHLY_REQUESTS"
_ASKING = {
    Purpose.SCHEDULE: "the schedule (reserves for retries and people)",
    Purpose.RETRY: "retries (the reserve for people)",
    Purpose.PEOPLE: "people",
    Purpose.BACKFILL: "a backfill (slots to come, and reserves)",
    Purpose.REFERENCE: "reference tables (slots to come, and reserves)",
}
_ADVICE = {
    Purpose.SCHEDULE: f"until then a person may still run a slot; {_LARGER}",
    Purpose.RETRY: f"until then a person may still run a slot; {_LARGER}",
    Purpose.PEOPLE: f"wait for it, or {_LARGER}",
    Purpose.BACKFILL: f"set more aside for backfills (QUOTA_BACKFILL_PERCENT), or {_LARGER}",
    Purpose.REFERENCE: f"set more aside (QUOTA_BACKFILL_PERCENT), or {_LARGER}",
}


def refusal(plan: MonthPlan, purpose: Purpose) -> str:
    """Why no request is left for this purpose, until when, and what to do."""
    kept = max(0, plan.floor(purpose))
    told = (
        f"the monthly allowance of {plan.allowance} requests is used"
        if plan.remaining <= 0
        else f"{plan.remaining} of the monthly allowance of {plan.allowance} requests are left, "
        f"and {kept} are kept from {_ASKING[purpose]}"
    )
    return f"{told}: it is reset on {plan.resets_at:%Y-%m-%d} (UTC); {_ADVICE[purpose]}"


def share_is_used(plan: MonthPlan, percent: int) -> str:
    """Why no request is left for a backfill with this share, though some are for backfills."""
    return (
        f"{plan.for_backfill} requests may be spent on backfills now, and this one has taken its share of {percent} %: "
        f"more is free as slots leave some over, and when the allowance is reset on {plan.resets_at:%Y-%m-%d} (UTC)"
    )


def no_room(plan: MonthPlan, pages: int, room: int, percent: int) -> str:
    """Why a past day that may cost so many pages is not begun, and what to do."""
    share = f", {room} of them by this one (share {percent} %, days under way)" if room < plan.for_backfill else ""
    return (
        f"a day may cost {pages} requests; {plan.for_backfill} may be spent on backfills now{share}: more is free as "
        f"slots leave some over, and when the allowance is reset on {plan.resets_at:%Y-%m-%d} (UTC); "
        f"ask for fewer pages a day, or set more aside (QUOTA_BACKFILL_PERCENT)"
    )


def why_not_served(plan: MonthPlan) -> str | None:
    """Why the slot whose tick is the plan's `now` is left out; None when it is served."""
    if plan.next_slot == plan.now:
        return None
    if plan.next_slot is None:
        return (
            f"nothing of the allowance of {plan.allowance} a month is left for the schedule "
            f"({plan.used} used): it is reset on {plan.resets_at:%Y-%m-%d} (UTC)"
        )
    return f"{spaced(plan)}; the next is {slot_key(plan.next_slot)}"


def sentences(plan: MonthPlan) -> list[str]:
    """The plan in sentences, for a person."""
    slots = f"{spaced(plan)}, with up to {plan.pages_a_slot} pages each" if plan.to_serve else spaced(plan)
    reserves = f"kept: {plan.retries} for retries, {plan.people} for people; backfills may take {plan.for_backfill} now"
    lasts = f"at the pace of the last 24 hours ({plan.last_day}) it lasts until the reset"
    if plan.runs_out_on is not None:
        lasts = f"at the pace of the last 24 hours ({plan.last_day}) it would run out on {plan.runs_out_on}"
    following = f"the next slot to be served is {slot_key(plan.next_slot)}" if plan.next_slot else "no slot is served"
    return [slots, following, reserves, f"{lasts}, which is on {plan.resets_at:%Y-%m-%d} (UTC)"]


def spaced(plan: MonthPlan) -> str:
    """What the slots left get, in words."""
    if plan.next_slot is None:
        return f"the allowance of {plan.allowance} a month serves no further slot before its reset"
    served = "every slot" if plan.is_enough else f"1 slot in {plan.spacing}"
    return f"the allowance of {plan.allowance} a month serves {served}"
