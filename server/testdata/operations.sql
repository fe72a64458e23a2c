-- What the measures of the sample operations-kpi mean, over its CSV files alone. ${data} is
-- their folder. TestOperationsMeasures compares the table answers with what the engine says.

CREATE TABLE items AS
SELECT item_id, item_reference, opened_date::DATE AS opened, due_date::DATE AS due, closed_date::DATE AS closed,
       service_area_id, owner_id, category_id, status, priority, target_key, evidence_status, closure_evidence_link, review_flag
FROM read_csv('${data}/sample-operational-data.csv', header = true, all_varchar = true);

CREATE TABLE targets AS
SELECT target_key, target_id, target_met_rate::DOUBLE AS rate, effective_from::DATE AS since, effective_to::DATE AS until
FROM read_csv('${data}/sample-targets.csv', header = true, all_varchar = true);

CREATE TABLE names AS
SELECT reference_type AS kind, reference_id AS id, reference_name AS name
FROM read_csv('${data}/sample-reference-data.csv', header = true, all_varchar = true);

CREATE TABLE access AS
SELECT user_principal_name AS who, service_area_id
FROM read_csv('${data}/sample-security-access.csv', header = true, all_varchar = true)
WHERE active_flag = 'true';

-- Everybody whose answers are compared: one who sees all, those of the security table, and one
-- who is not in it.
CREATE TABLE users AS
SELECT DISTINCT user_principal_name AS who
FROM read_csv('${data}/sample-security-access.csv', header = true, all_varchar = true)
UNION ALL VALUES ('everything'), ('stranger@example.invalid');

CREATE TABLE areas AS -- that a user sees
SELECT u.who, n.id, n.name FROM users u JOIN names n ON n.kind = 'service_area'
WHERE u.who = 'everything' OR EXISTS (FROM access a WHERE a.who = u.who AND a.service_area_id = n.id);

CREATE TABLE visible AS
SELECT a.who, a.name AS area, i.*, n.name AS owner, c.name AS category, t.target_id, t.rate, t.since, t.until
FROM items i
JOIN areas a ON a.id = i.service_area_id
LEFT JOIN names n ON n.kind = 'owner' AND n.id = i.owner_id
LEFT JOIN names c ON c.kind = 'category' AND c.id = i.category_id
LEFT JOIN targets t ON t.target_key = i.target_key;

CREATE TABLE months AS -- the calendar ends on the report date
SELECT strftime(day, '%Y-%m') AS month, min(day)::DATE AS first, max(day)::DATE AS last
FROM range(DATE '2026-01-01', DATE '2026-07-01', INTERVAL 1 DAY) d(day) GROUP BY 1;

-- A cell is one row of one answer: asked is the question. first and last are the days that it
-- covers, previous_first and previous_last those a month before, as far as the calendar has them.
CREATE TABLE cells AS
WITH members(asked, who, area, category, owner, month) AS (
  SELECT 'total', who, NULL, NULL, NULL, NULL FROM users
  UNION ALL SELECT 'area', who, name, NULL, NULL, NULL FROM areas
  UNION ALL SELECT 'category', u.who, NULL, n.name, NULL, NULL FROM users u JOIN names n ON n.kind = 'category'
  UNION ALL SELECT 'owner', u.who, NULL, NULL, n.name, NULL FROM users u JOIN names n ON n.kind = 'owner'
  UNION ALL SELECT DISTINCT 'owner', who, NULL, NULL, NULL, NULL FROM visible WHERE owner IS NULL -- the blank row
  UNION ALL SELECT 'month', u.who, NULL, NULL, NULL, m.month FROM users u, months m
  UNION ALL SELECT 'area, month', a.who, a.name, NULL, NULL, m.month FROM areas a, months m)
SELECT row_number() OVER () AS id, c.*,
  coalesce(m.first, DATE '2026-01-01') AS first, coalesce(m.last, DATE '2026-06-30') AS last,
  CASE WHEN c.month IS NULL THEN DATE '2026-01-01' ELSE p.first END AS previous_first,
  CASE WHEN c.month IS NULL THEN DATE '2026-05-31' ELSE p.last END AS previous_last
FROM members c
LEFT JOIN months m ON m.month = c.month
LEFT JOIN months p ON p.first = m.first - INTERVAL 1 MONTH;

-- The items of a cell whatever their dates, those opened in it, those closed in it.
CREATE TABLE ever AS
SELECT c.id, c.month, c.first, c.last, c.previous_first, c.previous_last, v.* FROM cells c JOIN visible v
ON v.who = c.who AND (c.asked NOT LIKE '%area%' OR v.area = c.area) AND (c.asked <> 'category' OR v.category = c.category)
AND (c.asked <> 'owner' OR v.owner IS NOT DISTINCT FROM c.owner);
CREATE VIEW opened AS FROM ever WHERE month IS NULL OR opened BETWEEN first AND last;
CREATE VIEW closed AS FROM ever WHERE month IS NULL OR closed BETWEEN first AND last;
CREATE VIEW with_sla AS FROM closed
WHERE status = 'Closed' AND due IS NOT NULL AND closed IS NOT NULL AND target_id IS NOT NULL AND opened BETWEEN since AND until;

-- No rows are BLANK, not 0.
CREATE TABLE answers AS
WITH counted AS (
  SELECT c.*,
  (SELECT nullif(count(DISTINCT item_id), 0) FROM opened x WHERE x.id = c.id) AS "Total Items",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND status IN ('Open', 'In Progress')) AS "Open Items",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND status = 'Paused') AS "Paused Items",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND status IN ('Open', 'In Progress', 'Paused')) AS "Backlog Items",
  (SELECT nullif(count(*), 0) FROM closed x WHERE x.id = c.id AND status = 'Closed') AS "Closed Items",
  -- The filter arguments of CALCULATE are evaluated where CALCULATE stands, before REMOVEFILTERS
  -- has its effect: FILTER over the items sees those that were opened in the cell. The same goes
  -- for each measure below that says FILTER beside REMOVEFILTERS.
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND status <> 'Cancelled'
    AND (closed > last OR closed IS NULL AND status <> 'Closed')) AS "Backlog As At",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND opened BETWEEN previous_first AND previous_last AND status <> 'Cancelled'
    AND (closed > previous_last OR closed IS NULL AND status <> 'Closed')) AS "Backlog As At Previous Month",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND status = 'Closed'
    AND closed BETWEEN previous_first AND previous_last) AS "Closed Items Previous Month",
  DATE '2026-06-30' AS "Report Date",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND status IN ('Open', 'In Progress') AND due < DATE '2026-06-30') AS "Overdue Active Items",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND status IN ('Open', 'In Progress')
    AND due BETWEEN DATE '2026-06-30' AND DATE '2026-07-07') AS "Due Soon Items",
  (SELECT avg(closed - opened) FROM closed x WHERE x.id = c.id AND status = 'Closed' AND closed IS NOT NULL) AS "Average Cycle Time Days",
  (SELECT nullif(count(*), 0) FROM with_sla x WHERE x.id = c.id) AS "Closed Items With Valid SLA Inputs",
  (SELECT nullif(count(*), 0) FROM with_sla x WHERE x.id = c.id AND closed <= due) AS "SLA Met Items",
  (SELECT avg(rate) FROM with_sla x WHERE x.id = c.id) AS "SLA Target Rate",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND target_id IS NOT NULL) AS "Target Matched Items",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND target_id IS NULL) AS "Missing Target Count",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND owner_id IS NULL) AS "Missing Owner Count",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND due IS NULL) AS "Missing Due Date Count",
  (SELECT nullif(count(*), 0) FROM closed x WHERE x.id = c.id AND status = 'Closed'
    AND (evidence_status = 'Missing' OR evidence_status <> 'Not required' AND closure_evidence_link IS NULL)) AS "Closed Missing Evidence Count",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND (owner_id IS NULL OR due IS NULL OR target_id IS NULL OR status = 'Closed'
    AND (evidence_status = 'Missing' OR evidence_status <> 'Not required' AND closure_evidence_link IS NULL))) AS "Data Readiness Issue Count",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND review_flag = 'Yes') AS "Review Flag Count",
  (SELECT nullif(count(*), 0) FROM ever x WHERE x.id = c.id AND status IN ('Open', 'In Progress') AND priority IN ('High', 'Critical')) AS "High Priority Active Items",
  (SELECT nullif(count(*), 0) FROM opened x WHERE x.id = c.id AND status IN ('Open', 'In Progress') AND priority IN ('High', 'Critical')
    AND due < DATE '2026-06-30') AS "High Priority Overdue Items"
  FROM cells c)
SELECT *, "Total Items" AS "Opened Items", -- BLANK is 0 in a sum, and nothing but BLANK makes it BLANK
  "SLA Met Items" / "Closed Items With Valid SLA Inputs" AS "SLA Met Rate",
  CASE WHEN coalesce("SLA Met Items", "SLA Target Rate") IS NOT NULL
    THEN coalesce("SLA Met Items" / "Closed Items With Valid SLA Inputs", 0) - coalesce("SLA Target Rate", 0) END AS "SLA Variance To Target",
  "Target Matched Items" / "Total Items" AS "Target Coverage Rate",
  1 - coalesce("Data Readiness Issue Count" / "Total Items", 0) AS "Data Readiness Rate",
  CASE WHEN coalesce("Backlog As At", "Backlog As At Previous Month") IS NOT NULL
    THEN coalesce("Backlog As At", 0) - coalesce("Backlog As At Previous Month", 0) END AS "Month on Month Backlog Change",
  CASE WHEN coalesce("Closed Items", "Closed Items Previous Month") IS NOT NULL
    THEN coalesce("Closed Items", 0) - coalesce("Closed Items Previous Month", 0) END AS "Month on Month Closed Change"
FROM counted;
