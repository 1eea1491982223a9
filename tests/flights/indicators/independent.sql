-- The indicators once more, from the issue's words alone: used by tests only, shares nothing with the product.
-- `movements` is the exported slot (independent.py); a state is found, none, unknown or ambiguous.

CREATE TABLE marked AS
SELECT *,
    status = 'active' AS active,
    status <> 'cancelled' AS flown,
    CASE origin_state WHEN 'found' THEN NULL WHEN 'none' THEN 'no-origin' ELSE origin_state || '-origin' END AS no_origin,
    CASE destination_state WHEN 'found' THEN NULL WHEN 'none' THEN 'no-destination'
        ELSE destination_state || '-destination' END AS no_destination,
    CASE airline_state WHEN 'found' THEN NULL WHEN 'none' THEN 'no-airline' ELSE airline_state || '-airline' END AS no_airline,
    CASE aircraft_state WHEN 'found' THEN NULL WHEN 'none' THEN 'no-aircraft'
        ELSE aircraft_state || '-aircraft' END AS no_aircraft,
    CASE WHEN airline_code IS NULL THEN 'no-airline' END AS no_airline_code,
    CASE WHEN origin_state = 'found' AND destination_state = 'found'
        THEN km(origin_latitude, origin_longitude, destination_latitude, destination_longitude) END AS km,
    origin_code || '-' || destination_code AS route
FROM movements;

CREATE TABLE asked AS
SELECT 'airline_most_active' AS question, flight_id, no_airline_code AS reason, 'world' AS place,
    airline_code AS item, airline_name AS name, NULL AS number
FROM marked WHERE active
UNION ALL
SELECT 'airline_most_regional_by_continent', flight_id, coalesce(no_origin, no_destination, no_airline_code),
    origin_continent, airline_code, airline_name, NULL
FROM marked WHERE active AND NOT coalesce(origin_continent <> destination_continent, 0)
UNION ALL
SELECT 'longest_active_route', flight_id, coalesce(no_origin, no_destination), 'world', flight_id, NULL, km
FROM marked WHERE active
UNION ALL
SELECT 'mean_route_by_continent', flight_id, coalesce(no_origin, no_destination), origin_continent, NULL, NULL, km
FROM marked WHERE flown
UNION ALL
SELECT 'manufacturer_most_active', flight_id,
    coalesce(no_aircraft, CASE WHEN manufacturer IS NULL THEN 'ambiguous-manufacturer' END), 'world', manufacturer, NULL, NULL
FROM marked WHERE active
UNION ALL
SELECT 'model_most_frequent_by_continent', flight_id, coalesce(no_origin, no_aircraft), origin_continent, designator, model, NULL
FROM marked WHERE flown
UNION ALL
SELECT 'top_models_by_airline_country', flight_id,
    coalesce(no_airline, CASE WHEN airline_country IS NULL THEN 'unknown-country' END, no_aircraft),
    airline_country, designator, model, NULL
FROM marked WHERE flown
UNION ALL
SELECT 'destination_most_popular_by_continent', flight_id, no_destination, destination_continent, destination_code,
    destination_name, NULL
FROM marked WHERE flown
UNION ALL
SELECT 'airport_largest_imbalance', flight_id, coalesce(no_origin, no_destination), 'world', NULL, NULL, NULL
FROM marked WHERE flown
UNION ALL
SELECT 'mean_speed_by_continent', flight_id,
    coalesce(
        CASE WHEN NOT has_position THEN 'no-position' WHEN age IS NULL THEN 'undated-position'
            WHEN age > 60 THEN 'old-position' WHEN is_ground THEN 'on-ground' WHEN speed IS NULL THEN 'no-speed' END,
        no_origin),
    origin_continent, NULL, NULL, speed
FROM marked WHERE active
UNION ALL
SELECT 'departure_delays_by_airline', flight_id,
    CASE WHEN departure_delay IS NULL THEN 'no-departure-time' ELSE no_airline_code END, airline_code, NULL, NULL, departure_delay
FROM marked WHERE flown AND departed
UNION ALL
SELECT 'departure_delays_by_airport', flight_id,
    CASE WHEN departure_delay IS NULL THEN 'no-departure-time' WHEN origin_code IS NULL THEN 'no-airport' END,
    origin_code, NULL, NULL, departure_delay
FROM marked WHERE flown AND departed
UNION ALL
SELECT 'departure_delays_by_route', flight_id,
    CASE WHEN departure_delay IS NULL THEN 'no-departure-time' WHEN route IS NULL THEN 'no-airport' END,
    route, NULL, NULL, departure_delay
FROM marked WHERE flown AND departed
UNION ALL
SELECT 'arrival_delays_by_airline', flight_id,
    CASE WHEN arrival_delay IS NULL THEN 'no-arrival-time' ELSE no_airline_code END, airline_code, NULL, NULL, arrival_delay
FROM marked WHERE flown AND arrived
UNION ALL
SELECT 'arrival_delays_by_airport', flight_id,
    CASE WHEN arrival_delay IS NULL THEN 'no-arrival-time' WHEN destination_code IS NULL THEN 'no-airport' END,
    destination_code, NULL, NULL, arrival_delay
FROM marked WHERE flown AND arrived
UNION ALL
SELECT 'arrival_delays_by_route', flight_id,
    CASE WHEN arrival_delay IS NULL THEN 'no-arrival-time' WHEN route IS NULL THEN 'no-airport' END,
    route, NULL, NULL, arrival_delay
FROM marked WHERE flown AND arrived
UNION ALL
SELECT 'movements', flight_id, NULL, 'world', NULL, NULL, NULL FROM marked
UNION ALL
SELECT 'codes_unresolved', flight_id, NULL, 'world', NULL, NULL, NULL FROM marked;

CREATE TABLE used AS SELECT * FROM asked WHERE reason IS NULL;

CREATE TABLE ranked AS
SELECT question, place, item, max(max(name)) OVER (PARTITION BY question, item) AS name, count(*) AS times,
    sum(count(*)) OVER (PARTITION BY question, place) AS n,
    rank() OVER (PARTITION BY question, place ORDER BY count(*) DESC) AS rank,
    row_number() OVER (PARTITION BY question, place ORDER BY count(*) DESC, item) AS line
FROM used GROUP BY question, place, item;

CREATE TABLE averages AS
SELECT question, place, avg(number) AS mean, count(*) AS n FROM used GROUP BY question, place;

CREATE VIEW imbalance AS
WITH ends AS (
    SELECT origin_code AS airport, origin_name AS name, 1 AS outbound, 0 AS inbound
    FROM marked WHERE flown AND no_origin IS NULL AND no_destination IS NULL
    UNION ALL
    SELECT destination_code, destination_name, 0, 1
    FROM marked WHERE flown AND no_origin IS NULL AND no_destination IS NULL
)
SELECT airport, max(name) AS name, sum(outbound) AS outbound, sum(inbound) AS inbound, sum(outbound) - sum(inbound) AS gap,
    rank() OVER (ORDER BY abs(sum(outbound) - sum(inbound)) DESC) AS rank
FROM ends GROUP BY airport;

CREATE TABLE delays AS
WITH lines AS (
    SELECT question, place, number, count(*) OVER (PARTITION BY question, place) AS n,
        row_number() OVER (PARTITION BY question, place ORDER BY number) - 1 AS line
    FROM used WHERE question LIKE '%\_delays\_%' ESCAPE '\'
)
SELECT question, place, max(n) AS n,
    sum(number * max(0, 1 - abs(line - 0.5 * (n - 1)))) AS median,
    sum(number * max(0, 1 - abs(line - 0.9 * (n - 1)))) AS p90,
    avg(number > 15) AS late
FROM lines GROUP BY question, place;

CREATE VIEW unresolved AS
WITH told AS (
    SELECT flight_id, 'aircraft' AS kind, aircraft_code AS code, aircraft_state AS outcome FROM marked
    UNION SELECT flight_id, 'airline', airline_code, airline_state FROM marked
    UNION SELECT flight_id, 'airport', origin_code, origin_state FROM marked
    UNION SELECT flight_id, 'airport', destination_code, destination_state FROM marked
)
SELECT kind, code, outcome, count(*) AS movements
FROM told WHERE code IS NOT NULL AND outcome IN ('unknown', 'ambiguous')
GROUP BY kind, code, outcome ORDER BY movements DESC, kind, code, outcome;
