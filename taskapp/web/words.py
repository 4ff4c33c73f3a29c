"""What things are called on pages."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

STATUSES = {"todo": "To do", "in_progress": "In progress", "done": "Done"}
PRIORITIES = {"low": "Low", "medium": "Medium", "high": "High"}
THEMES = (("light", "sun", "Light"), ("dark", "moon", "Dark"), ("auto", "display", "Device"))

_HUES = ("indigo", "teal", "orange", "pink", "green", "blue", "violet", "amber", "red", "slate")
_FILES = (  # extensions, an icon, a hue
    ("csv ods xls xlsx", "spreadsheet", "green"),
    ("odp ppt pptx key", "slides", "orange"),
    ("pdf", "pdf", "red"),
    ("doc docx odt rtf", "richtext", "blue"),
    ("md txt log", "text", "slate"),
    ("gif jpeg jpg png svg webp heic", "image", "violet"),
    ("zip gz tar 7z xz bz2", "zip", "amber"),
    ("mp3 wav ogg flac m4a", "music", "pink"),
    ("mp4 mov mkv webm avi", "play", "pink"),
    ("py js ts html css json xml sql sh yaml yml toml", "code", "teal"),
)
_WEATHER = (  # a word of the provider, an icon, a hue; the first that occurs
    ("thunder", "cloud-lightning-rain", "violet"),
    ("snow", "cloud-snow", "blue"),
    ("sleet", "cloud-sleet", "blue"),
    ("hail", "cloud-hail", "blue"),
    ("rain", "cloud-rain", "blue"),
    ("drizzle", "cloud-drizzle", "blue"),
    ("shower", "cloud-rain", "blue"),
    ("mist", "cloud-fog2", "slate"),
    ("fog", "cloud-fog2", "slate"),
    ("haze", "cloud-haze2", "slate"),
    ("partly", "cloud-sun", "amber"),
    ("few clouds", "cloud-sun", "amber"),
    ("cloud", "clouds", "slate"),
    ("overcast", "clouds", "slate"),
    ("clear", "sun", "amber"),
    ("sun", "sun", "amber"),
)


@lru_cache(maxsize=1024)  # a page says the same days again and again
def day_words(day: date, today: date) -> str:
    """`Today`, `Tomorrow`, `Wed 18 Nov`, `18 Nov 2027`."""
    near = {0: "Today", 1: "Tomorrow", -1: "Yesterday"}.get((day - today).days)
    if near:
        return near
    if day.year != today.year:
        return f"{day.day} {day:%b} {day.year}"
    return f"{day:%a} {day.day} {day:%b}"


def clock_words(at: datetime) -> str:
    """`09:05`, in the time zone of `at`."""
    return f"{at.hour:02}:{at.minute:02}"


def moment_words(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """`today 14:08`, `Wed 18 Nov 17:00`: an instant in the middle of a sentence."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    words = day_words(local.date(), today)
    words = words.lower() if words in {"Today", "Tomorrow", "Yesterday"} else words
    return f"{words} {clock_words(local)}"


def duration_words(minutes: int) -> str:
    """`45m`, `2h`, `6h 05m`."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest}m"
    return f"{hours}h {rest:02}m" if rest else f"{hours}h"


def size_words(size: int) -> str:
    """`17 bytes`, `312 KB`, `1.8 MB`, as file managers count."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    if size < 999_500:
        return f"{size / 1000:.0f} KB"
    return f"{size / 1_000_000:.1f} MB"


def file_icon(filename: str) -> tuple[str, str]:
    """The icon and the hue that show what kind of file it is, by its extension."""
    extension = filename.rpartition(".")[2].lower()
    for extensions, icon, hue in _FILES:
        if extension in extensions.split():
            return f"file-earmark-{icon}", hue
    return "file-earmark", "slate"


def degrees(celsius: float) -> str:
    """`15°`, and below zero with a real minus sign."""
    whole = round(celsius)
    return f"\N{MINUS SIGN}{-whole}°" if whole < 0 else f"{whole}°"


@lru_cache(maxsize=1024)
def initials(name: str) -> str:
    """Two letters that stand for a person: `am` for ann.marie, `al` for alice."""
    parts = [part for part in name.replace("-", ".").replace("_", ".").split(".") if part]
    letters = "".join(part[0] for part in parts[:2]) if len(parts) > 1 else name[:2]
    return letters.upper()


def hue_of(number: int) -> str:
    """The colour of a person or thing with that id."""
    return _HUES[number % len(_HUES)]


@lru_cache(maxsize=128)
def weather_icon(condition: str) -> tuple[str, str]:
    """The icon and the hue that show a condition of the weather."""
    words = condition.lower()
    return next(((icon, hue) for word, icon, hue in _WEATHER if word in words), ("cloud", "slate"))


def browser_words(user_agent: str) -> str:
    """`Firefox on Linux`, from a User-Agent header; the header itself where that fails."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows"}
    browser = _first(browsers | {"Safari": "Safari"}, user_agent)
    system = _first(systems | {"Mac OS": "macOS", "Linux": "Linux"}, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or user_agent or "Unknown"


def week_ahead(today: date) -> date:
    """The last day that counts as this coming week."""
    return today + timedelta(days=7)


def utc_text(at: datetime) -> str:
    """An instant for a `<time datetime>` attribute."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _first(words: dict[str, str], text: str) -> str | None:
    return next((name for mark, name in words.items() if mark in text), None)
