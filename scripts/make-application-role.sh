#!/bin/sh
# Make the role the application works as; what it may do is granted by the migrations.
set -e
psql --set ON_ERROR_STOP=1 --set password="$APPLICATION_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE coopevents LOGIN PASSWORD :'password';
SQL
