"""Countries of the made-up world."""

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Country:
    iso2: str
    iso3: str
    name: str
    continent: str
    numeric: str
    currency: str
    phone: str
    capital: str


# iso2|iso3|name|continent|iso numeric|currency|phone prefix|capital; several to a line.
_TABLE = """
AE|ARE|United Arab Emirates|AS|784|AED|971|Abu Dhabi;AF|AFG|Afghanistan|AS|4|AFN|93|Kabul
AG|ATG|Antigua and Barbuda|NA|28|XCD|1268|St. John's;AL|ALB|Albania|EU|8|ALL|355|Tirana
AM|ARM|Armenia|AS|51|AMD|374|Yerevan;AO|AGO|Angola|AF|24|AOA|244|Luanda
AR|ARG|Argentina|SA|32|ARS|54|Buenos Aires;AS|ASM|American Samoa|OC|16|USD|1684|Pago Pago
AT|AUT|Austria|EU|40|EUR|43|Vienna;AU|AUS|Australia|OC|36|AUD|61|Canberra
AW|ABW|Aruba|NA|533|AWG|297|Oranjestad;AZ|AZE|Azerbaijan|AS|31|AZN|994|Baku
BA|BIH|Bosnia and Herzegovina|EU|70|BAM|387|Sarajevo;BB|BRB|Barbados|NA|52|BBD|1246|Bridgetown
BD|BGD|Bangladesh|AS|50|BDT|880|Dhaka;BE|BEL|Belgium|EU|56|EUR|32|Brussels
BG|BGR|Bulgaria|EU|100|BGN|359|Sofia;BH|BHR|Bahrain|AS|48|BHD|973|Manama
BI|BDI|Burundi|AF|108|BIF|257|Bujumbura;BM|BMU|Bermuda|NA|60|BMD|1441|Hamilton
BN|BRN|Brunei|AS|96|BND|673|Bandar Seri Begawan;BO|BOL|Bolivia|SA|68|BOB|591|Sucre
BQ|BES|Bonaire|NA|535|USD|599|Kralendijk;BR|BRA|Brazil|SA|76|BRL|55|Brasilia
BS|BHS|Bahamas|NA|44|BSD|1242|Nassau;BW|BWA|Botswana|AF|72|BWP|267|Gaborone
BY|BLR|Belarus|EU|112|BYN|375|Minsk;BZ|BLZ|Belize|NA|84|BZD|501|Belmopan
CA|CAN|Canada|NA|124|CAD|1|Ottawa;CD|COD|Democratic Republic of the Congo|AF|180|CDF|243|Kinshasa
CF|CAF|Central African Republic|AF|140|XAF|236|Bangui;CH|CHE|Switzerland|EU|756|CHF|41|Berne
CK|COK|Cook Islands|OC|184|NZD|682|Avarua;CL|CHL|Chile|SA|152|CLP|56|Santiago
CM|CMR|Cameroon|AF|120|XAF|237|Yaounde;CN|CHN|China|AS|156|CNY|86|Beijing
CO|COL|Colombia|SA|170|COP|57|Bogota;CR|CRI|Costa Rica|NA|188|CRC|506|San Jose
CU|CUB|Cuba|NA|192|CUP|53|Havana;CV|CPV|Cape Verde|AF|132|CVE|238|Praia
CW|CUW|Curacao|NA|531|ANG|599|Willemstad;CY|CYP|Cyprus|EU|196|EUR|357|Nicosia
CZ|CZE|Czech Republic|EU|203|CZK|420|Prague;DE|DEU|Germany|EU|276|EUR|49|Berlin
DK|DNK|Denmark|EU|208|DKK|45|Copenhagen;DO|DOM|Dominican Republic|NA|214|DOP|1809|Santo Domingo
DZ|DZA|Algeria|AF|12|DZD|213|Algiers;EC|ECU|Ecuador|SA|218|USD|593|Quito
EE|EST|Estonia|EU|233|EUR|372|Tallinn;EG|EGY|Egypt|AF|818|EGP|20|Cairo
ER|ERI|Eritrea|AF|232|ERN|291|Asmara;ES|ESP|Spain|EU|724|EUR|34|Madrid
ET|ETH|Ethiopia|AF|231|ETB|251|Addis Ababa;FI|FIN|Finland|EU|246|EUR|358|Helsinki
FJ|FJI|Fiji|OC|242|FJD|679|Suva;FM|FSM|Micronesia|OC|583|USD|691|Palikir
FR|FRA|France|EU|250|EUR|33|Paris;GA|GAB|Gabon|AF|266|XAF|241|Libreville
GB|GBR|United Kingdom|EU|826|GBP|44|London;GD|GRD|Grenada|NA|308|XCD|1473|St. George's
GE|GEO|Georgia|AS|268|GEL|995|Tbilisi;GH|GHA|Ghana|AF|288|GHS|233|Accra
GM|GMB|Gambia|AF|270|GMD|220|Banjul;GR|GRC|Greece|EU|300|EUR|30|Athens
GT|GTM|Guatemala|NA|320|GTQ|502|Guatemala City;GU|GUM|Guam|OC|316|USD|1671|Hagatna
GW|GNB|Guinea-Bissau|AF|624|XOF|245|Bissau;GY|GUY|Guyana|SA|328|GYD|592|Georgetown
HK|HKG|Hong Kong|AS|344|HKD|852|Hong Kong;HN|HND|Honduras|NA|340|HNL|504|Tegucigalpa
HR|HRV|Croatia|EU|191|EUR|385|Zagreb;HT|HTI|Haiti|NA|332|HTG|509|Port-au-Prince
HU|HUN|Hungary|EU|348|HUF|36|Budapest;ID|IDN|Indonesia|AS|360|IDR|62|Jakarta
IE|IRL|Ireland|EU|372|EUR|353|Dublin;IL|ISR|Israel|AS|376|ILS|972|Jerusalem
IN|IND|India|AS|356|INR|91|New Delhi;IQ|IRQ|Iraq|AS|368|IQD|964|Baghdad
IR|IRN|Iran|AS|364|IRR|98|Tehran;IS|ISL|Iceland|EU|352|ISK|354|Reykjavik
IT|ITA|Italy|EU|380|EUR|39|Rome;JM|JAM|Jamaica|NA|388|JMD|1876|Kingston
JO|JOR|Jordan|AS|400|JOD|962|Amman;JP|JPN|Japan|AS|392|JPY|81|Tokyo
KE|KEN|Kenya|AF|404|KES|254|Nairobi;KG|KGZ|Kyrgyzstan|AS|417|KGS|996|Bishkek
KH|KHM|Cambodia|AS|116|KHR|855|Phnom Penh;KI|KIR|Kiribati|OC|296|AUD|686|Tarawa
KM|COM|Comoros|AF|174|KMF|269|Moroni;KN|KNA|Saint Kitts and Nevis|NA|659|XCD|1869|Basseterre
KP|PRK|North Korea|AS|408|KPW|850|Pyongyang;KR|KOR|South Korea|AS|410|KRW|82|Seoul
KW|KWT|Kuwait|AS|414|KWD|965|Kuwait City;KY|CYM|Cayman Islands|NA|136|KYD|1345|George Town
KZ|KAZ|Kazakhstan|AS|398|KZT|7|Astana;LA|LAO|Laos|AS|418|LAK|856|Vientiane
LB|LBN|Lebanon|AS|422|LBP|961|Beirut;LC|LCA|Saint Lucia|NA|662|XCD|1758|Castries
LK|LKA|Sri Lanka|AS|144|LKR|94|Colombo;LR|LBR|Liberia|AF|430|LRD|231|Monrovia
LS|LSO|Lesotho|AF|426|LSL|266|Maseru;LT|LTU|Lithuania|EU|440|EUR|370|Vilnius
LU|LUX|Luxembourg|EU|442|EUR|352|Luxembourg;LV|LVA|Latvia|EU|428|EUR|371|Riga
LY|LBY|Libya|AF|434|LYD|218|Tripoli;MA|MAR|Morocco|AF|504|MAD|212|Rabat
MD|MDA|Moldova|EU|498|MDL|373|Chisinau;MH|MHL|Marshall Islands|OC|584|USD|692|Majuro
MK|MKD|North Macedonia|EU|807|MKD|389|Skopje;MM|MMR|Myanmar|AS|104|MMK|95|Naypyidaw
MG|MDG|Madagascar|AF|450|MGA|261|Antananarivo;MN|MNG|Mongolia|AS|496|MNT|976|Ulaanbaatar;MO|MAC|Macao|AS|446|MOP|853|Macao
MP|MNP|Northern Mariana Islands|OC|580|USD|1670|Saipan
MQ|MTQ|Martinique|NA|474|EUR|596|Fort-de-France
MR|MRT|Mauritania|AF|478|MRU|222|Nouakchott;MT|MLT|Malta|EU|470|EUR|356|Valletta
MU|MUS|Mauritius|AF|480|MUR|230|Port Louis;MV|MDV|Maldives|AS|462|MVR|960|Male
MW|MWI|Malawi|AF|454|MWK|265|Lilongwe;MX|MEX|Mexico|NA|484|MXN|52|Mexico City
MY|MYS|Malaysia|AS|458|MYR|60|Kuala Lumpur;NA|NAM|Namibia|AF|516|NAD|264|Windhoek
NC|NCL|New Caledonia|OC|540|XPF|687|Noumea;NE|NER|Niger|AF|562|XOF|227|Niamey
NF|NFK|Norfolk Island|OC|574|AUD|672|Kingston;NG|NGA|Nigeria|AF|566|NGN|234|Abuja
NI|NIC|Nicaragua|NA|558|NIO|505|Managua;NL|NLD|Netherlands|EU|528|EUR|31|Amsterdam
NO|NOR|Norway|EU|578|NOK|47|Oslo;NP|NPL|Nepal|AS|524|NPR|977|Kathmandu
NR|NRU|Nauru|OC|520|AUD|674|Yaren;NU|NIU|Niue|OC|570|NZD|683|Alofi
NZ|NZL|New Zealand|OC|554|NZD|64|Wellington;OM|OMN|Oman|AS|512|OMR|968|Muscat
PA|PAN|Panama|NA|591|PAB|507|Panama City;PE|PER|Peru|SA|604|PEN|51|Lima
PF|PYF|French Polynesia|OC|258|XPF|689|Papeete;PG|PNG|Papua New Guinea|OC|598|PGK|675|Port Moresby
PH|PHL|Philippines|AS|608|PHP|63|Manila;PK|PAK|Pakistan|AS|586|PKR|92|Islamabad
PL|POL|Poland|EU|616|PLN|48|Warsaw;PR|PRI|Puerto Rico|NA|630|USD|1787|San Juan
PT|PRT|Portugal|EU|620|EUR|351|Lisbon;PW|PLW|Palau|OC|585|USD|680|Melekeok
PY|PRY|Paraguay|SA|600|PYG|595|Asuncion;QA|QAT|Qatar|AS|634|QAR|974|Doha
RE|REU|Reunion|AF|638|EUR|262|Saint-Denis;RO|ROU|Romania|EU|642|RON|40|Bucharest
RS|SRB|Serbia|EU|688|RSD|381|Belgrade;RU|RUS|Russia|EU|643|RUB|7|Moscow
RW|RWA|Rwanda|AF|646|RWF|250|Kigali;SA|SAU|Saudi Arabia|AS|682|SAR|966|Riyadh
SB|SLB|Solomon Islands|OC|90|SBD|677|Honiara;SC|SYC|Seychelles|AF|690|SCR|248|Victoria
SD|SDN|Sudan|AF|729|SDG|249|Khartoum;SE|SWE|Sweden|EU|752|SEK|46|Stockholm
SG|SGP|Singapore|AS|702|SGD|65|Singapore;SI|SVN|Slovenia|EU|705|EUR|386|Ljubljana
SK|SVK|Slovakia|EU|703|EUR|421|Bratislava;SL|SLE|Sierra Leone|AF|694|SLE|232|Freetown
SN|SEN|Senegal|AF|686|XOF|221|Dakar;SO|SOM|Somalia|AF|706|SOS|252|Mogadishu
SR|SUR|Suriname|SA|740|SRD|597|Paramaribo;ST|STP|Sao Tome and Principe|AF|678|STN|239|Sao Tome
SV|SLV|El Salvador|NA|222|USD|503|San Salvador;SX|SXM|Sint Maarten|NA|534|ANG|599|Philipsburg
SY|SYR|Syria|AS|760|SYP|963|Damascus;TC|TCA|Turks and Caicos Islands|NA|796|USD|1649|Cockburn Town
TD|TCD|Chad|AF|148|XAF|235|N'Djamena;TG|TGO|Togo|AF|768|XOF|228|Lome
TH|THA|Thailand|AS|764|THB|66|Bangkok;TJ|TJK|Tajikistan|AS|762|TJS|992|Dushanbe
TL|TLS|East Timor|OC|626|USD|670|Dili;TM|TKM|Turkmenistan|AS|795|TMT|993|Ashgabat
TN|TUN|Tunisia|AF|788|TND|216|Tunis;TO|TON|Tonga|OC|776|TOP|676|Nuku'alofa
TR|TUR|Turkey|AS|792|TRY|90|Ankara;TT|TTO|Trinidad and Tobago|NA|780|TTD|1868|Port of Spain
TV|TUV|Tuvalu|OC|798|AUD|688|Funafuti;TW|TWN|Taiwan|AS|158|TWD|886|Taipei
TZ|TZA|Tanzania|AF|834|TZS|255|Dodoma;UA|UKR|Ukraine|EU|804|UAH|380|Kyiv
UG|UGA|Uganda|AF|800|UGX|256|Kampala;US|USA|United States|NA|840|USD|1|Washington
UY|URY|Uruguay|SA|858|UYU|598|Montevideo;UZ|UZB|Uzbekistan|AS|860|UZS|998|Tashkent
VC|VCT|Saint Vincent|NA|670|XCD|1784|Kingstown;VE|VEN|Venezuela|SA|862|VES|58|Caracas
VG|VGB|British Virgin Islands|NA|92|USD|1284|Road Town;VN|VNM|Vietnam|AS|704|VND|84|Hanoi
VU|VUT|Vanuatu|OC|548|VUV|678|Port Vila;WS|WSM|Samoa|OC|882|WST|685|Apia
XK|XKX|Kosovo|EU|0|EUR|383|Pristina;YE|YEM|Yemen|AS|887|YER|967|Sanaa
YT|MYT|Mayotte|AF|175|EUR|262|Mamoudzou;ZA|ZAF|South Africa|AF|710|ZAR|27|Pretoria
ZM|ZMB|Zambia|AF|894|ZMW|260|Lusaka;ZW|ZWE|Zimbabwe|AF|716|USD|263|Harare
"""


@cache
def countries() -> dict[str, Country]:
    lines = _TABLE.strip().replace("\n", ";").split(";")
    return {line[:2]: Country(*line.split("|")) for line in lines}
