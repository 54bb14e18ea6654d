#!/usr/bin/env bash
# Prints the schema of the running stack's database, for sql/schema.sql.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

socket=$(conf_value database.socket)
[[ -S $socket ]] || die "The database does not run; make run starts it."
say "-- What the migrations make of an empty database. Written by make schema; not applied by anything."
mariadb-dump --socket="$socket" --user=root --no-data --compact --skip-add-drop-table hongyan |
    sed -E 's/ AUTO_INCREMENT=[0-9]+//; /^\/\*/d; /^SET /d'
