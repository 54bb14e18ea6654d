#!/usr/bin/env bash
# A private MariaDB that listens on a unix socket only: its settings, its first set-up,
# its users. Sourced by run.sh, where supervisord holds the server; as a command
# (database.sh start|stop DIR) it holds one by itself, for tests.
set -euo pipefail
[[ -n ${ROOT:-} ]] || . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# db_prepare DATA SOCKET CNF [CONNECTIONS]: writes the settings and, the first time, the system tables.
db_prepare() {
    local data=$1 socket=$2 cnf=$3 me
    me=$(id -un)
    mkdir -p "$(dirname "$cnf")" "$(dirname "$data")" "$data.tmp"
    sed -e "s|@DATA@|$data|g" -e "s|@SOCKET@|$socket|g" -e "s|@USER@|$me|g" -e "s|@CONNECTIONS@|${4:-400}|g" \
        "$DEV/my.cnf.in" >"$cnf"
    [[ -d $data/mysql ]] && return 0
    say "Setting up a private MariaDB."
    # Made beside and moved: an interrupted set-up is never taken for a finished one.
    rm -rf "$data.new"
    mariadb-install-db --defaults-file="$cnf" --user="$me" --datadir="$data.new" --skip-test-db \
        --auth-root-authentication-method=socket --auth-root-socket-user="$me" >"$data.tmp/install.log" 2>&1 ||
        { cat "$data.tmp/install.log" >&2; die "MariaDB could not be set up."; }
    chmod 700 "$data.new"
    rm -rf "$data"
    mv "$data.new" "$data"
}

db_admin() { mariadb --no-defaults --socket="$1" --user="$(id -un)" --batch --skip-column-names "${@:2}"; }

# db_wait SOCKET SECONDS
db_wait() {
    local until=$((SECONDS + $2))
    while ((SECONDS < until)); do
        if db_admin "$1" -e 'SELECT 1' >/dev/null 2>&1; then return 0; fi
        sleep 0.1
    done
    return 1
}

# db_grant SOCKET SCHEMAS USER PASSWORD: SCHEMAS may be a pattern as GRANT knows it.
db_grant() {
    local user="'$3'@'localhost'"
    db_admin "$1" <<SQL
CREATE USER IF NOT EXISTS $user IDENTIFIED BY '$4';
ALTER USER $user IDENTIFIED BY '$4';
GRANT ALL PRIVILEGES ON \`$2\`.* TO $user;
SQL
}

db_schema() { db_admin "$1" -e "CREATE DATABASE IF NOT EXISTS \`$2\` CHARACTER SET utf8mb4"; }

# ---- by itself --------------------------------------------------------------------------

db_start() {
    local dir=$1 socket=$1/mysql.sock
    ((${#socket} < 100)) || die "$socket is too long for a unix socket."
    db_prepare "$dir/data" "$socket" "$dir/my.cnf"
    # Its own session: a Ctrl-C meant for the tests must not end it before they do.
    setsid mariadbd --defaults-file="$dir/my.cnf" >"$dir/mariadb.log" 2>&1 </dev/null 9>&- &
    say $! >"$dir/pid"
    db_wait "$socket" 60 || { tail -n 20 "$dir/mariadb.log" >&2; die "MariaDB did not start."; }
    db_grant "$socket" 'hongyan%' hongyan hongyan
}

db_stop() {
    local pid i
    pid=$(cat "$1/pid" 2>/dev/null || true)
    [[ $pid =~ ^[0-9]+$ && $(cat "/proc/$pid/comm" 2>/dev/null) == mariadbd ]] || return 0
    kill -TERM "$pid"
    for ((i = 0; i < 300; ++i)); do
        [[ $(cat "/proc/$pid/comm" 2>/dev/null) == mariadbd ]] || break
        sleep 0.1
    done
    rm -f "$1/pid"
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    case ${1:-} in
        start) db_start "$(realpath -m "${2:?which folder?}")" ;;
        stop) db_stop "$(realpath -m "${2:?which folder?}")" ;;
        *) die "usage: database.sh start|stop DIR" ;;
    esac
fi
