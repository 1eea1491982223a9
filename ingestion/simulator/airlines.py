"""The airlines of the made-up world: real codes and hubs, frequencies scaled to one table."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True, eq=False)
class Airline:
    iata: str | None
    icao: str | None
    name: str
    country: str
    alliance: str
    legs_a_day: int
    reach: str
    hubs: tuple[str, ...]
    friends: tuple[str, ...]


# iata|icao|name|country|alliance (S, O, T)|legs a day|reach|hubs|marketed also by
# reach: D domestic · S short · M mixed · L long-haul hub. An empty code is null in the answers.
_TABLE = """
AA|AAL|American Airlines|US|O|860|M|DFW CLT ORD MIA PHX PHL LAX JFK|
DL|DAL|Delta Air Lines|US|T|860|M|ATL DTW MSP SLC SEA JFK LAX BOS|LA VS
UA|UAL|United Airlines|US|S|840|M|ORD DEN IAH EWR SFO IAD LAX|EK
WN|SWA|Southwest Airlines|US||700|D|MDW BWI DAL LAS DEN PHX HOU OAK|
B6|JBU|JetBlue Airways|US||240|S|JFK BOS FLL MCO|QR EY TP
AS|ASA|Alaska Airlines|US|O|280|S|SEA PDX SFO ANC LAX|
OO|SKW|SkyWest Airlines|US||460|D|DEN SLC ORD MSP LAX SFO PHX|DL UA AA AS
YX|RPA|Republic Airways|US||260|D|PHL LGA DCA IND BOS|AA DL UA
F9|FFT|Frontier Airlines|US||110|D|DEN MCO ATL PHL|
AC|ACA|Air Canada|CA|S|340|M|YYZ YVR YUL YYC|EK
WS|WJA|WestJet|CA||180|S|YYC YYZ YVR|DL AF KL
AM|AMX|Aeromexico|MX|T|220|M|MEX MTY GDL|
Y4|VOI|Volaris|MX||150|S|TIJ GDL MEX CUN|
LA|LAN|LATAM Airlines|CL||380|M|SCL GRU LIM BSB BOG|DL QR IB
AV|AVA|SA AVIANCA|CO|S|220|M|BOG MDE SAL|
CM|CMP|Copa Airlines|PA|S|190|S|PTY|KL AV
AD|AZU|Azul|BR||270|D|VCP CNF REC|UA TP
G3|GLO|Gol|BR||210|D|GRU GIG BSB|AA AF
AR|ARG|Aerolineas Argentinas|AR|T|120|S|AEP EZE COR|
BA|BAW|British Airways|GB|O|330|L|LHR LGW LCY|
VS|VIR|Virgin Atlantic|GB|T|60|L|LHR MAN|
U2|EZY|easyJet|GB||480|S|LGW LTN MXP GVA BER ORY AMS|
FR|RYR|Ryanair|IE||800|S|STN DUB BGY CRL BCN MAD OPO KRK|
EI|EIN|Aer Lingus|IE||120|M|DUB ORK|BA AA UA
LH|DLH|Lufthansa|DE|S|360|M|FRA MUC|
EW|EWG|Eurowings|DE||150|S|DUS CGN HAM STR|LH UA
LX|SWR|SWISS|CH|S|170|M|ZRH GVA|
OS|AUA|Austrian Airlines|AT|S|150|M|VIE|
AF|AFR|Air France|FR|T|350|M|CDG ORY LYS NCE|
KL|KLM|KLM|NL|T|270|M|AMS|
IB|IBE|Iberia|ES|O|220|M|MAD|
VY|VLG|Vueling|ES||220|S|BCN FCO ORY|IB BA QR AA
TP|TAP|TAP Air Portugal|PT|S|150|M|LIS OPO|
AZ|ITY|ITA Airways|IT|S|110|M|FCO LIN|
SK|SAS|SAS|SE|T|260|M|CPH ARN OSL|
DY|NOZ|Norwegian Air Shuttle|NO||180|S|OSL BGO TRD CPH|
AY|FIN|Finnair|FI|O|140|M|HEL|
LO|LOT|LOT - Polish Airlines|PL|S|140|M|WAW KRK|
BT|BTI|Air Baltic|LV||100|S|RIX TLL VNO|LH LX SK
W6|WZZ|Wizz Air|HU||320|S|BUD OTP WAW SOF LTN|
A3|AEE|Aegean Airlines|GR|S|130|S|ATH SKG|
TK|THY|Turkish Airlines|TR|S|460|L|IST ESB|
PC|PGT|Pegasus Airlines|TR||190|S|SAW AYT|
EK|UAE|Emirates|AE||270|L|DXB|QF FZ
FZ|FDB|flydubai|AE||150|M|DXB|EK
EY|ETD|Etihad Airways|AE||140|L|AUH|
QR|QTR|Qatar Airways|QA|O|240|L|DOH|
SV|SVA|Saudia|SA|T|240|M|JED RUH|
RJ|RJA|Royal Jordanian|JO|O|50|M|AMM|
IR|IRA|Iran Air|IR||50|S|IKA THR|
MS|MSR|EgyptAir|EG|S|110|M|CAI|
ET|ETH|Ethiopian Airlines|ET|S|170|M|ADD|
KQ|KQA|Kenya Airways|KE|T|60|M|NBO|
SA|SAA|South African Airways|ZA|S|70|M|JNB CPT|
AT|RAM|Royal Air Maroc|MA|O|100|M|CMN|
AI|AIC|Air India|IN|S|320|M|DEL BOM BLR|
6E|IGO|IndiGo|IN||680|S|DEL BOM BLR HYD CCU MAA|TK KL QF
UL|ALK|SriLankan Airlines|LK|O|50|M|CMB|
BG|BBC|Biman Bangladesh|BD||40|M|DAC|
RA|RNA|Nepal Airlines|NP||25|S|KTM|
SQ|SIA|Singapore Airlines|SG|S|190|L|SIN|
TR|TGW|Scoot|SG||90|S|SIN|SQ
MH|MAS|Malaysia Airlines|MY|O|170|M|KUL|
AK|AXM|AirAsia|MY||260|S|KUL BKI PEN|
GA|GIA|Garuda Indonesia|ID|T|160|M|CGK DPS|
JT|LNI|Lion Air|ID||240|D|CGK SUB UPG|
TG|THA|Thai Airways International|TH|S|160|M|BKK|
VN|HVN|Vietnam Airlines|VN|T|220|M|SGN HAN|
VJ|VJC|VietJet Air|VN||180|S|SGN HAN DAD|
PR|PAL|Philippine Airlines|PH||140|M|MNL CEB|
CX|CPA|Cathay Pacific|HK|O|190|L|HKG|
CI|CAL|China Airlines|TW|T|110|M|TPE|
BR|EVA|EVA Air|TW|S|100|M|TPE|
CA|CCA|Air China LTD|CN|S|430|M|PEK CTU PVG|
MU|CES|China Eastern Airlines|CN|T|560|M|PVG SHA KMG XIY|QF JL
CZ|CSN|China Southern Airlines|CN||580|M|CAN PKX URC SZX|AA BA AF MF
HU|CHH|Hainan Airlines|CN||300|M|HAK PEK XIY|9H
9H|CGN|Air Changan|CN||60|D|XIY|HU
3U|CSC|Sichuan Airlines|CN||180|S|CTU CKG TFU|MF MU CZ HU
MF|CXA|Xiamen Airlines|CN|T|190|M|XMN FOC|
ZH|CSZ|Shenzhen Airlines|CN|S|180|S|SZX CAN|
NH|ANA|ANA|JP|S|360|M|HND NRT ITM|
JL|JAL|Japan Airlines|JP|O|320|M|HND NRT ITM|
KE|KAL|Korean Air|KR|T|190|M|ICN GMP|
OZ|AAR|Asiana Airlines|KR|S|130|M|ICN GMP|
QF|QFA|Qantas|AU|O|310|M|SYD MEL BNE PER ADL|
VA|VOZ|Virgin Australia|AU||200|D|BNE SYD MEL ADL DRW|SQ QR UA
JQ|JST|Jetstar|AU||170|S|MEL SYD AKL|QF EK
NZ|ANZ|Air New Zealand|NZ|S|190|M|AKL WLG CHC|
FJ|FJI|Fiji Airways|FJ|O|40|M|NAN SUV|
TN|THT|Air Tahiti Nui|PF||14|L|PPT|AF QF
|XLL|Air Excel|TZ||36|D|ARK JRO|
|VRH|Varesh Airlines|IR||24|D|THR MHD|
||empty|||330|S|ATL AMS ADL ANC CGK GRU NBO YYZ DEL|
"""


@cache
def airlines() -> tuple[Airline, ...]:
    return tuple(_parse(line) for line in _TABLE.strip().splitlines())


@cache
def partners(airline: Airline) -> tuple[Airline, ...]:
    """Who may sell seats on this airline's flights under a number of their own."""
    return tuple(
        other
        for other in airlines()
        if other is not airline
        and other.iata
        and (other.iata in airline.friends or (airline.alliance and other.alliance == airline.alliance))
    )


def _parse(line: str) -> Airline:
    iata, icao, name, country, alliance, legs, reach, hubs, friends = line.split("|")
    return Airline(
        iata=iata or None,
        icao=icao or None,
        name=name,
        country=country,
        alliance=alliance,
        legs_a_day=int(legs),
        reach=reach,
        hubs=tuple(hubs.split()),
        friends=tuple(friends.split()),
    )
