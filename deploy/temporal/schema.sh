#!/bin/sh
# Makes both databases of a Temporal server on PostgreSQL and brings their schemas up to date. May be run again.
# Reads SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD, as temporal-sql-tool does itself.
set -eu

schemas=${SCHEMAS:-/etc/temporal/schema/postgresql/v12}

bring_up() {
  sql="temporal-sql-tool --plugin postgres12 --db $1"
  $sql create
  $sql setup-schema --version 0.0
  $sql update-schema --schema-dir "$schemas/$2/versioned"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
