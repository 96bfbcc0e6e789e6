-- The tables and views of a Driftline store, version 5. docs/tables.md says what each column means.

CREATE TABLE IF NOT EXISTS runs (
  number INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  model TEXT NOT NULL,
  task TEXT,
  level TEXT NOT NULL CHECK (level IN ('ok', 'unknown', 'warning', 'alert')),
  headline TEXT NOT NULL,
  created TEXT NOT NULL,
  saved TEXT NOT NULL,
  "window" TEXT,
  plan TEXT NOT NULL,
  version TEXT NOT NULL,
  elapsed REAL NOT NULL,
  reference_label TEXT NOT NULL,
  reference_rows INTEGER NOT NULL,
  reference_start TEXT,
  reference_end TEXT,
  reference_format TEXT NOT NULL,
  current_label TEXT NOT NULL,
  current_rows INTEGER NOT NULL,
  current_start TEXT,
  current_end TEXT,
  current_format TEXT NOT NULL,
  verdicts INTEGER NOT NULL,
  alerts INTEGER NOT NULL,
  warnings INTEGER NOT NULL,
  unknowns INTEGER NOT NULL,
  notes TEXT NOT NULL,
  service_level TEXT,
  data_level TEXT,
  model_level TEXT,
  labelled REAL
) STRICT;

CREATE INDEX IF NOT EXISTS runs_by_model ON runs (model, number);
CREATE INDEX IF NOT EXISTS runs_by_window ON runs (model, (coalesce("window", created || run_id)), number);

CREATE TABLE IF NOT EXISTS verdicts (
  run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  health TEXT NOT NULL CHECK (health IN ('service', 'data', 'model')),
  family TEXT NOT NULL,
  metric TEXT NOT NULL,
  title TEXT NOT NULL,
  "column" TEXT,
  segment TEXT,
  "window" TEXT,
  level TEXT NOT NULL CHECK (level IN ('ok', 'unknown', 'warning', 'alert')),
  value REAL,
  low REAL,
  high REAL,
  n INTEGER NOT NULL,
  unit TEXT NOT NULL,
  threshold REAL,
  reference REAL,
  p_value REAL,
  since TEXT,
  judged INTEGER NOT NULL CHECK (judged IN (0, 1)),
  notable INTEGER NOT NULL CHECK (notable IN (0, 1)),
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS verdicts_by_metric ON verdicts (metric, "column");
CREATE INDEX IF NOT EXISTS verdicts_by_level ON verdicts (level);
CREATE INDEX IF NOT EXISTS verdicts_of_model ON verdicts (run_id, position) WHERE health = 'model';
CREATE INDEX IF NOT EXISTS verdicts_loud ON verdicts (run_id, position) WHERE level IN ('alert', 'warning');

CREATE TABLE IF NOT EXISTS packs (
  model TEXT NOT NULL,
  plan TEXT NOT NULL,
  data BLOB NOT NULL,
  saved TEXT NOT NULL,
  PRIMARY KEY (model, plan)
) STRICT;

CREATE TABLE IF NOT EXISTS fragments (
  model TEXT NOT NULL,
  plan TEXT NOT NULL,
  "window" TEXT NOT NULL,
  segment TEXT NOT NULL,
  fragment_id TEXT NOT NULL,
  data BLOB NOT NULL,
  saved TEXT NOT NULL,
  PRIMARY KEY (model, plan, "window", segment, fragment_id)
) STRICT;

CREATE TABLE IF NOT EXISTS incidents (
  id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('ok', 'unknown', 'warning', 'alert')),
  headline TEXT NOT NULL,
  reason TEXT NOT NULL,
  since TEXT,
  opened TEXT NOT NULL,
  updated TEXT NOT NULL,
  closed TEXT,
  windows INTEGER NOT NULL,
  health TEXT CHECK (health IN ('service', 'data', 'model')),
  metric TEXT,
  "column" TEXT,
  segment TEXT,
  earliest TEXT,
  latest TEXT,
  members TEXT NOT NULL,
  evidence TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'muted', 'accepted', 'resolved', 'false_alarm')),
  owner TEXT,
  muted_until TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS incidents_by_model ON incidents (model, opened);

CREATE TABLE IF NOT EXISTS incident_actions (
  incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  action TEXT NOT NULL,
  person TEXT NOT NULL,
  at TEXT NOT NULL,
  note TEXT NOT NULL,
  until TEXT,
  after TEXT NOT NULL,
  PRIMARY KEY (incident, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS events (
  id TEXT PRIMARY KEY,
  model TEXT NOT NULL,
  at TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL,
  person TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS events_by_model ON events (model, at);

CREATE VIEW IF NOT EXISTS latest_run AS
SELECT * FROM runs WHERE number IN (SELECT max(number) FROM runs GROUP BY model);

CREATE VIEW IF NOT EXISTS window_runs AS
SELECT * FROM runs WHERE number IN (SELECT max(number) FROM runs WHERE "window" IS NOT NULL GROUP BY model, "window");

CREATE VIEW IF NOT EXISTS verdict_history AS
SELECT
  number, run_id, model, task, created, reference_label, reference_rows,
  current_label, current_rows, current_start, current_end,
  position, health, family, metric, title, "column",
  segment, "window",
  substr("window", 1, instr("window", '/') - 1) AS window_start,
  substr("window", instr("window", '/') + 1) AS window_end,
  level,
  CASE level WHEN 'ok' THEN 0 WHEN 'unknown' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END AS level_rank,
  value, low, high, n, unit, threshold, reference,
  p_value, since, judged, notable, reason
FROM (
  SELECT
    runs.number, runs.run_id, runs.model, runs.task, runs.created, runs.reference_label, runs.reference_rows,
    runs.current_label, runs.current_rows, runs.current_start, runs.current_end,
    verdicts.position, verdicts.health, verdicts.family, verdicts.metric, verdicts.title, verdicts."column",
    verdicts.segment, coalesce(verdicts."window", runs."window") AS "window", verdicts.level,
    verdicts.value, verdicts.low, verdicts.high, verdicts.n, verdicts.unit, verdicts.threshold, verdicts.reference,
    verdicts.p_value, verdicts.since, verdicts.judged, verdicts.notable, verdicts.reason
  FROM runs JOIN verdicts USING (run_id)
) AS judged_rows;

CREATE VIEW IF NOT EXISTS findings AS
SELECT * FROM verdict_history WHERE level IN ('warning', 'alert');

CREATE VIEW IF NOT EXISTS windows AS
SELECT
  model, "window",
  substr("window", 1, instr("window", '/') - 1) AS window_start,
  substr("window", instr("window", '/') + 1) AS window_end,
  run_id, number, level, headline, current_rows AS "rows", verdicts, alerts, warnings, unknowns, created
FROM window_runs;

CREATE VIEW IF NOT EXISTS estimates AS
SELECT
  windows.model, windows."window", windows.window_start, windows.window_end, windows.run_id,
  verdicts.health, verdicts.family, verdicts.metric, verdicts."column", verdicts.segment,
  verdicts.value, verdicts.low, verdicts.high, verdicts.n, verdicts.unit, verdicts.reference, verdicts.threshold,
  verdicts.level
FROM windows JOIN verdicts ON verdicts.run_id = windows.run_id
WHERE verdicts.value IS NOT NULL;

CREATE VIEW IF NOT EXISTS service_health AS
SELECT
  windows.model, windows."window", windows.window_start, windows.window_end, windows.run_id, windows."rows",
  runs.service_level AS level,
  estimates.metric, estimates."column", estimates.segment, estimates.value, estimates.low, estimates.high, estimates.n,
  estimates.unit, estimates.reference, estimates.threshold, estimates.level AS metric_level
FROM windows
JOIN runs ON runs.run_id = windows.run_id
LEFT JOIN estimates ON estimates.run_id = windows.run_id AND estimates.health = 'service';

CREATE VIEW IF NOT EXISTS label_maturity AS
SELECT
  windows.model, windows."window", windows.window_start, windows.window_end, windows.run_id, windows."rows",
  CAST(round(runs.labelled * windows."rows") AS INTEGER) AS labels,
  runs.labelled,
  CASE WHEN runs.labelled >= 1 THEN 'complete' WHEN runs.labelled > 0 THEN 'partial' ELSE 'waiting' END AS state,
  runs.model_level AS level,
  windows.created
FROM windows
JOIN runs ON runs.run_id = windows.run_id
WHERE runs.labelled IS NOT NULL;

CREATE VIEW IF NOT EXISTS estimate_audits AS
SELECT
  windows.model, windows."window", windows.window_start, windows.window_end, windows.run_id,
  guesses.metric AS estimate, realized.metric AS metric, guesses.unit,
  guesses.value AS estimated, guesses.low, guesses.high, realized.value AS realized,
  guesses.value - realized.value AS error,
  CASE WHEN realized.value BETWEEN guesses.low AND guesses.high THEN 1 ELSE 0 END AS held,
  realized.n AS n
FROM windows
JOIN runs ON runs.run_id = windows.run_id
JOIN verdicts AS guesses ON guesses.run_id = windows.run_id
JOIN verdicts AS realized ON realized.run_id = windows.run_id
WHERE
  runs.labelled >= 0.9 AND guesses.family = 'estimate' AND realized.family = 'performance'
  AND guesses.metric IN ('estimated_' || realized.metric, 'reweighted_' || realized.metric)
  AND guesses.segment IS NULL AND realized.segment IS NULL
  AND guesses."window" IS NULL AND realized."window" IS NULL
  AND guesses.value IS NOT NULL AND guesses.low IS NOT NULL AND guesses.high IS NOT NULL
  AND realized.value IS NOT NULL;
