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
        -e "s|@ACCESS_LOG@|/var/log/nginx/hongyan.access.log|g" "$new/site.conf"
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
    mariadb-dump "${who[@]}" --single-transaction --quick --skip-lock-tables --order-by-primary --hex-blob --skip-comments \
        --skip-dump-date --no-tablespaces --default-character-set=utf8mb4 "$1"
}

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

# load_database FOLDER SCHEMA: as it was dumped, to the byte.
load_database() {
    db_admin -e "DROP DATABASE IF EXISTS $2; CREATE DATABASE $2 CHARACTER SET utf8mb4"
    { say "SET unique_checks = 0; SET foreign_key_checks = 0;" && open_part "$1" database; } | db_admin "$2"
    [[ $(dump "$2" | sha256sum | cut -d' ' -f1) == $(noted "$1" database) ]] || die "the database did not load as it was dumped"
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
