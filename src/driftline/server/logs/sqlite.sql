-- The table of an event log, version 1. A row without data was trimmed: its name alone is remembered.
BEGIN IMMEDIATE;

CREATE TABLE IF NOT EXISTS entries (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  model TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('predictions', 'labels')),
  batch TEXT NOT NULL,
  rows INTEGER NOT NULL,
  received REAL NOT NULL,
  data BLOB,
  UNIQUE (model, kind, batch)
) STRICT;

CREATE INDEX IF NOT EXISTS entries_by_model ON entries (model, position);

PRAGMA application_id = 0x44724c67;
PRAGMA user_version = 1;
COMMIT;
