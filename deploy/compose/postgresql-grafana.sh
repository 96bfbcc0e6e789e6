#!/bin/sh
# Runs once, when the database is made: a user for Grafana, who may read what Driftline will make, and nothing else.
set -eu
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set=password="$GRAFANA_PASSWORD" <<'SQL'
CREATE USER grafana PASSWORD :'password';
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO grafana;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO grafana;
SQL
