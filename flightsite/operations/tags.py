"""What the page's templates need beside Django's own."""

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def code(text: str) -> SafeString:
    """What stands between backticks as code; everything is escaped."""
    parts = [str(conditional_escape(part)) for part in text.split("`")]
    marked = [f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts)]
    return mark_safe("".join(marked))  # noqa: S308 - each part is escaped above
