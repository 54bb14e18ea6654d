# What the tasks of hongyanctl share on a host with packages: where things are, questions, secrets. Sourced, not run.
# shellcheck shell=bash

PATH=/usr/sbin:/usr/bin:/sbin:/bin
export PATH
ETC=/etc/hongyan
# HONGYAN_CONFIG: another house of this host, for example a checkout's.
CONF=${HONGYAN_CONFIG:-$ETC/hongyan.conf}
SECRETS=$ETC/secrets
LIB=/usr/lib/hongyan
SHARE=/usr/share/hongyan
STATE=/var/lib/hongyan
readonly ROLES=(ocms workbot wukongim openim sandbox system jobs)

say() { printf '%s\n' "$@"; }
warn() { printf '%s\n' "$@" >&2; }
die() { warn "hongyanctl: $*"; exit 1; }

ctl() { HONGYAN_CONFIG=$CONF "$HONGYANCTL" "$@"; }

# conf_value KEY [DEFAULT]: what the settings say; the last line wins.
conf_value() {
    local value=''
    if [[ -r $CONF ]]; then
        value=$(awk -v key="$1" '{ at = index($0, "="); name = substr($0, 1, at - 1); gsub(/[ \t]/, "", name)
                       if (name == key) { value = substr($0, at + 1); sub(/^[ \t]+/, "", value) } }
                     END { print value }' "$CONF")
    fi
    say "${value:-${2:-}}"
}

need_root() { ((EUID == 0)) || die "this wants root: sudo hongyanctl ${TASK:-}"; }
need_setup() { [[ -r $CONF ]] || die "$CONF is missing; run hongyanctl setup first"; }

systemd_runs() { [[ -d /run/systemd/system ]]; }

random_hex() { od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'; }

# secret NAME GROUP TEXT: kept from the first time on; readable by root and that group.
secret() {
    if [[ ! -s $SECRETS/$1 ]]; then
        (umask 077 && printf '%s\n' "$3" >"$SECRETS/$1.new")
        mv "$SECRETS/$1.new" "$SECRETS/$1"
    fi
    chown "root:$2" "$SECRETS/$1"
    if [[ $2 == root ]]; then chmod 0600 "$SECRETS/$1"; else chmod 0640 "$SECRETS/$1"; fi
}

# The programs that packages have brought to this host, "kind name" a line.
installed_programs() {
    local kind name
    while read -r kind name; do
        if [[ -x $LIB/$name ]]; then say "$kind $name"; fi
    done < <(ctl groups)
    if [[ -x $LIB/ws-relay ]]; then say "relay ws-relay"; fi
}

# unit_of PROGRAM: the unit that runs it.
unit_of() {
    case $(installed_programs | awk -v name="$1" '$2 == name { print $1 }') in
        fastcgi) say "hongyan-handler@$1.service" ;;
        event | job) say "hongyan-event@$1.service" ;;
        relay) say hongyan-ws-relay.service ;;
        *) return 1 ;;
    esac
}

# nginx' settings from templates and hongyan.conf, checked before they take the place of those that serve.
render_nginx() {
    local new=/etc/nginx/hongyan.new old=/etc/nginx/hongyan.old
    rm -rf "$new" "$old"
    mkdir -p "$new"
    cp -r "$SHARE"/nginx/. "$new/"
    sed -i -e "s|@BODY_BYTES@|$(conf_value http.body_bytes 1048576)|g" -e "s|@WWW@|$SHARE/www|g" -e "s|@PAGES@|$SHARE/www|g" \
        -e "s|@ACCESS_LOG@|/var/log/nginx/hongyan.access.log|g" \
        -e "s|@ERROR_LOG@|/var/log/nginx/hongyan.error.log crit|g" "$new/site.conf"
    ctl nginx --out="$new" >/dev/null
    chmod -R u=rwX,go=rX "$new"
    if [[ -d /etc/nginx/hongyan ]]; then mv /etc/nginx/hongyan "$old"; fi
    mv "$new" /etc/nginx/hongyan
    printf '# Written by hongyanctl. Settings: %s, then hongyanctl upgrade.\ninclude hongyan/http.conf;\ninclude hongyan/site.conf;\n' \
        "$CONF" >/etc/nginx/sites-available/hongyan
    ln -sf ../sites-available/hongyan /etc/nginx/sites-enabled/hongyan
    if ! nginx -t -q; then
        rm -rf /etc/nginx/hongyan
        if [[ -d $old ]]; then mv "$old" /etc/nginx/hongyan; else rm -f /etc/nginx/sites-enabled/hongyan; fi
        die "nginx refuses the new settings (see above); those before are back"
    fi
    rm -rf "$old"
}

# What every program needs, made where it is missing; kept from the first time on.
make_secrets() {
    local role
    systemd-sysusers hongyan.conf
    systemd-tmpfiles --create hongyan.conf
    mkdir -p "$SECRETS"
    chmod 0755 "$ETC" "$SECRETS"
    secret db-owner root "$(random_hex 16)"
    secret nats-operator root "$(random_hex 16)"
    for role in "${ROLES[@]}"; do secret "db-$role" "hongyan-$role" "$(random_hex 16)"; done
    for role in "${ROLES[@]}" relay; do secret "nats-$role" "hongyan-$role" "$(random_hex 16)"; done
    secret token-keys hongyan "k1 $(random_hex 32)"
    secret box-key hongyan "$(random_hex 32)"
    secret openim-secret hongyan "$(random_hex 24)"
    secret hooks-secret hongyan "$(random_hex 24)"
}

# The users of NATS and what each may say. Passwords reach sed by a pipe: command lines are read by everybody.
render_nats() {
    local role
    (umask 077 && {
        say "# Written by hongyanctl: the bus of this host, for Hongyan alone." "host: 127.0.0.1" "port: 4222" "max_payload: 1MB"
        sed -f <(
            say "s|@OPERATOR@|$(<"$SECRETS/nats-operator")|g"
            for role in "${ROLES[@]}" relay; do say "s|@${role^^}@|$(<"$SECRETS/nats-$role")|g"; done
        ) "$SHARE/nats/users.conf.in"
    } >"$ETC/nats.conf.new")
    if getent group nats >/dev/null; then chown root:nats "$ETC/nats.conf.new"; fi
    chmod 0640 "$ETC/nats.conf.new"
    mv "$ETC/nats.conf.new" "$ETC/nats.conf"
}

# Uploads elsewhere than where the units expect them.
write_files_folder() {
    local files unit
    files=$(conf_value files.path "$STATE/files")
    for unit in hongyan-handler@ocms-upload hongyan-handler@workbot-messages hongyan-event@jobs-housekeeping; do
        if [[ $files == "$STATE/files" ]]; then
            rm -f "/etc/systemd/system/$unit.service.d/files.conf"
            continue
        fi
        install -d -m 2770 -o root -g hongyan-files "$files"
        mkdir -p "/etc/systemd/system/$unit.service.d"
        printf '# Written by hongyanctl.\n[Service]\nReadWritePaths=%s\n' "$files" >"/etc/systemd/system/$unit.service.d/files.conf"
    done
}

# The database as its administrator: root by the unix socket, or who database.admin_file names (host, user, password as
# mariadb's own option file).
db_admin() {
    if [[ -s $SECRETS/database-admin.cnf ]]; then
        mariadb --defaults-extra-file="$SECRETS/database-admin.cnf" --batch --skip-column-names "$@"
    else
        mariadb --no-defaults --socket="$(conf_value database.socket /run/mysqld/mysqld.sock)" --user="$(id -un)" --batch \
            --skip-column-names "$@"
    fi
}

# dump SCHEMA: all of it as it is at one moment, the same text for the same rows.
dump() {
    local who=(--no-defaults --socket="$(conf_value database.socket /run/mysqld/mysqld.sock)" --user="$(id -un)")
    if [[ -s $SECRETS/database-admin.cnf ]]; then who=(--defaults-extra-file="$SECRETS/database-admin.cnf"); fi
    # The first line of newer clients says how to read the text, not what is in it.
    mariadb-dump "${who[@]}" --single-transaction --quick --skip-lock-tables --order-by-primary --hex-blob --skip-comments \
        --skip-dump-date --no-tablespaces --default-character-set=utf8mb4 "$1" | sed '1{/^\/\*M!999999/d}'
}

server_version() { db_admin -e 'SELECT VERSION()'; }
db_exists() { [[ -n $(db_admin -e "SELECT 1 FROM information_schema.schemata WHERE schema_name = '$1'") ]]; }

# ---- backups -----------------------------------------------------------------------------

readonly BACKUP_FORMAT=1

# open_part FOLDER NAME: the plain bytes of a part, whatever it is wrapped in. IDENTITY opens what is encrypted.
open_part() {
    if [[ -e $1/$2.zst.age ]]; then
        [[ -n ${IDENTITY:-} ]] || die "$1 is encrypted: --identity=FILE with the age key is wanted"
        age --decrypt --identity "$IDENTITY" "$1/$2.zst.age" | zstd -dcq
    else
        zstd -dcq "$1/$2.zst"
    fi
}

# load_database FOLDER SCHEMA: as it was dumped, to the byte. The schema is made anew.
load_database() {
    local room
    room=$(df --output=avail -B1 "$(db_admin -e 'SELECT @@datadir')" 2>/dev/null | tail -n 1 || true)
    [[ -z $room ]] || ((room > $(noted "$1" bytes || say 0))) || die "the database's disk has no room for it beside the house"
    db_admin -e "DROP DATABASE IF EXISTS $2; CREATE DATABASE $2 CHARACTER SET utf8mb4"
    { say "SET unique_checks = 0; SET foreign_key_checks = 0;" && open_part "$1" database; } | db_admin "$2"
    if [[ $(dump "$2" | sha256sum | cut -d' ' -f1) == $(noted "$1" database) ]]; then return 0; fi
    # Servers of other versions may say the same in other words.
    [[ $(noted "$1" server) != "$(server_version)" ]] || die "the database did not load as it was dumped"
    warn "note: dumped by $(noted "$1" server), loaded into $(server_version): loaded without a fault, but not compared"
}

has_part() { [[ -e $1/$2.zst || -e $1/$2.zst.age ]]; }

# noted FOLDER KEY: what the manifest says.
noted() { sed -n "s/^$2=//p" "$1/manifest"; }

# Whole, of a form that is known, and as it was written.
check_backup() {
    [[ -r $1/manifest ]] || die "$1 is no backup: it has no manifest"
    [[ $(noted "$1" format) == "$BACKUP_FORMAT" ]] || die "$1 is of a form that this version does not know"
    (cd "$1" && sha256sum --quiet --check SHA256SUMS >&2) || die "$1 is damaged: its checksums differ"
}

# The host that database users come from.
db_from() { if [[ -s $SECRETS/database-admin.cnf ]]; then say '%'; else say localhost; fi; }
