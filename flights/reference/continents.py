"""Which continent an airport lies on: its country's, but by position where a country lies on two. Pure.

The borders are the usual ones of geographers: the Urals, the crest of the Caucasus, the Bosphorus, the Suez Canal.
Islands far from their country count with what surrounds them, not with their flag: Hawaii is Oceania, Madeira Africa.

Decided where atlases differ (most follow GeoNames, as the upstream does):

- Cyprus (CY) is Europe, Kosovo (XK) is Europe; Armenia, Azerbaijan and Georgia (AM, AZ, GE) are Asia as a whole.
- East Timor (TL) is Asia, as the United Nations count it; GeoNames says Oceania.
- Russia north of the Caucasus is Europe; Kaliningrad too. Socotra (YE), nearer to Africa, stays Asia with Yemen.
- The Azores are Europe, as are Lampedusa, Pantelleria and the Greek islands before the Turkish coast.
- The Galápagos (EC) and San Andrés (CO) stay South America; Trinidad, Aruba, Curaçao and Bonaire are North America.
- Christmas Island and the Cocos Islands (CX, CC) are Asia; the Ogasawara islands stay Asia with Japan.
"""

from collections.abc import Callable

from flights.reference.entities import Continent

Rule = Callable[[float, float], Continent | None]

# Where the source of the country table says otherwise.
DECIDED = {"CY": Continent.EUROPE, "XK": Continent.EUROPE, "TL": Continent.ASIA}


def continent_of(country: str, latitude: float, longitude: float, usual: Continent) -> Continent:
    """The continent at a position in a country whose continent usually is `usual`."""
    rule = _RULES.get(country)
    return (rule(latitude, longitude) if rule else None) or usual


def _russia(latitude: float, longitude: float) -> Continent:
    """Europe up to the Urals: 60° E in the south, 63° E by the Pechora, 66° E on the Kara Sea; Chukotka reaches the
    western hemisphere."""
    border = 60.0 if latitude < 62 else 63.0 if latitude < 66 else 66.0  # noqa: PLR2004
    return Continent.EUROPE if 0 <= longitude < border else Continent.ASIA


def _kazakhstan(latitude: float, longitude: float) -> Continent | None:
    """Europe west of the river Ural: Oral and Atyrau; the Mangystau shore of the Caspian is Asia."""
    return Continent.EUROPE if latitude > 46.5 and longitude < 51.9 else None  # noqa: PLR2004


def _turkey(latitude: float, longitude: float) -> Continent | None:
    """Europe north of the Sea of Marmara and west of the Bosphorus; Gallipoli and its islands with it."""
    thrace = latitude > 40.5 and longitude < 29.05  # noqa: PLR2004
    gallipoli = latitude > 40.05 + max(0.0, longitude - 26.2) * 0.65 and longitude < 26.75  # noqa: PLR2004
    return Continent.EUROPE if thrace or gallipoli else None


def _egypt(latitude: float, longitude: float) -> Continent | None:
    """Asia east of the Suez Canal and of the Gulf of Suez: Sinai."""
    shore = 32.55 + max(0.0, 29.95 - latitude) * 0.5
    return Continent.ASIA if latitude > 27.7 and longitude > shore else None  # noqa: PLR2004


def _indonesia(latitude: float, longitude: float) -> Continent | None:
    """Oceania on New Guinea and the islands before it; the Moluccas, Kai and Aru are Asia."""
    bird_head = longitude >= 130 and latitude > -3.0  # noqa: PLR2004
    bird_neck = longitude >= 132.3 and latitude > -4.8  # noqa: PLR2004
    return Continent.OCEANIA if longitude >= 135 or bird_head or bird_neck else None  # noqa: PLR2004


def _spain(latitude: float, longitude: float) -> Continent | None:
    """Africa south of Tarifa: Ceuta, Melilla and the Canary Islands."""
    return Continent.AFRICA if latitude < 35.95 else None  # noqa: PLR2004


def _portugal(latitude: float, longitude: float) -> Continent | None:
    """Africa: Madeira. Europe: the mainland and the Azores."""
    return Continent.AFRICA if latitude < 34 else None  # noqa: PLR2004


def _united_states(latitude: float, longitude: float) -> Continent | None:
    """Oceania: Hawaii. The Aleutians stay North America on both sides of 180°."""
    return Continent.OCEANIA if latitude < 30 and (longitude < -150 or longitude > 100) else None  # noqa: PLR2004


def _chile(latitude: float, longitude: float) -> Continent | None:
    """Oceania: Easter Island. Antarctica: the bases south of 60° S."""
    return Continent.OCEANIA if longitude < -100 else _far_south(latitude, longitude)  # noqa: PLR2004


def _far_south(latitude: float, longitude: float) -> Continent | None:
    """Antarctica: bases south of 60° S that are told under the flag of their country."""
    return Continent.ANTARCTICA if latitude < -60 else None  # noqa: PLR2004


_RULES: dict[str, Rule] = {
    "AR": _far_south,
    "CL": _chile,
    "EG": _egypt,
    "ES": _spain,
    "ID": _indonesia,
    "KZ": _kazakhstan,
    "PT": _portugal,
    "RU": _russia,
    "TR": _turkey,
    "US": _united_states,
}
