#!/usr/bin/env bash
# From the release before to this one and back, by day: people write and talk all the while, no request fails, nothing that
# was acknowledged is lost. As root; ends with "N passed, N failed". tests/package/upgrade.sh [FOLDER for what it makes]
# The release before is the last commit with another version; its packages are built once, in build/previous.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../infra/dev/lib.sh"
. "$ROOT/tests/package/container.sh"
. "$ROOT/tests/package/checks.sh"

SCRATCH=${1:-$ROOT/build/test/upgrade}
TREE=$SCRATCH/tree BASE=$ROOT/build/debian NSPAWN='' LEADER='' LOAD=''
PASSED=0 FAILED=0 OLD='' NEW=''
readonly DOMAIN=im.example.test
readonly PREVIOUS=$ROOT/build/previous

clean_up() { halt; }
trap clean_up EXIT

version_of() { sed -nE 's/^project\(hongyan VERSION ([0-9.]+).*/\1/p'; }

# The packages of the commit before the version became this one.
make_previous() {
    local since commit
    NEW=$(version_of <"$ROOT/CMakeLists.txt")
    since=$(git -C "$ROOT" log --format=%H -S"project(hongyan VERSION $NEW " -- CMakeLists.txt | tail -n 1)
    commit=$(git -C "$ROOT" rev-parse --verify --quiet "${since:-HEAD}^") || die "There is no release before $NEW in this repository."
    [[ -n $since ]] || commit=$(git -C "$ROOT" rev-parse HEAD)
    OLD=$(git -C "$ROOT" show "$commit:CMakeLists.txt" | version_of)
    [[ $OLD != "$NEW" ]] || die "There is no release before $NEW in this repository."
    [[ $(cat "$PREVIOUS/commit" 2>/dev/null) != "$commit" ]] || return 0
    rm -rf "$PREVIOUS"
    mkdir -p "$PREVIOUS"
    git -C "$ROOT" archive --prefix=source/ "$commit" | tar -x -C "$PREVIOUS"
    "$PREVIOUS/source/infra/packaging/build.sh" >"$PREVIOUS/build.log" 2>&1 || { tail -n 20 "$PREVIOUS/build.log" >&2; return 1; }
    say "$commit" >"$PREVIOUS/commit"
}

install_old() {
    in_tree bash -ec 'apt-get update -qq
        apt-get install -y -qq --no-install-recommends curl age python3-websockets /old/*.deb >/tmp/install.log 2>&1 || { cat /tmp/install.log; exit 1; }'
}

# Every program says this version, and the schema is at least at this one.
all_are() {
    sh_inside "for program in \$(hongyanctl groups | awk '{ print \$2 }'); do
            said=\$(/usr/lib/hongyan/\$program --version)
            [[ \$said == *' $1' ]] || { echo \"\$said\"; exit 1; }
        done
        # What runs is what is installed.
        not bash -c 'ls -l /proc/[0-9]*/exe 2>/dev/null | grep \"/usr/lib/hongyan/.*(deleted)\"'
        [[ \$(mariadb -N hongyan -e 'SELECT MAX(version) FROM schema_version') == $2 ]]
        [[ -z \$(systemctl list-units --state=failed --no-legend) ]]"
}

schema_of() { ls "$1"/sql/migrations | tail -n 1 | sed -E 's/^0*([0-9]+)_.*/\1/'; }

begin_load() {
    local token pairs='' i made
    token=$(inside hongyanctl token 1 | sed -E 's/.*"access_token":"([^"]+)".*/\1/')
    for i in 1 2 3; do
        made=$(sh_inside "curl -sf -H 'Authorization: Bearer $token' -H 'Content-Type: application/json' -d '{\"name\":\"load $i\"}' https://$DOMAIN/ocms/robots/")
        pairs+=" $(sed -E 's/.*"robot_id":"([^"]+)".*"api_key":"([^"]+)".*/\1=\2/' <<<"$made")"
    done
    cp "$ROOT/tests/package/load.py" "$TREE/root/load.py"
    # shellcheck disable=SC2086
    inside env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt python3 /root/load.py "$DOMAIN" "$token" $pairs >"$SCRATCH/load.log" 2>&1 &
    LOAD=$!
}

# For a while nothing but the load; it still goes on then.
let_pass() {
    local until=$((SECONDS + $1))
    while ((SECONDS < until)); do
        kill -0 "$LOAD" 2>/dev/null || { cat "$SCRATCH/load.log" && return 1; }
        sleep 0.5
    done
}

# The schema alone, while every program is still the old one; then program after program.
schema_first() { sh_inside 'dpkg -i /new/hongyan-common_*.deb >/root/common.log 2>&1 || { cat /root/common.log; exit 1; }' && let_pass 8; }
programs_then() { sh_inside 'dpkg -i /new/hongyan*.deb >/root/new.log 2>&1 || { cat /root/new.log; exit 1; }' && let_pass 8; }
# What ran before, one after the other, with the schema as it is now.
programs_back() {
    sh_inside "for program in \$(hongyanctl groups | awk '{ print \$2 }') ws-relay; do
        hongyanctl deploy \$program --back >>/root/back.log 2>&1 || { tail -n 20 /root/back.log; exit 1; }; done" && let_pass 5
}
packages_back() { sh_inside 'dpkg -i /old/hongyan*.deb >/root/old.log 2>&1 || { cat /root/old.log; exit 1; }' && let_pass 5; }

nothing_failed() {
    local i
    touch "$TREE/root/load.stop"
    for ((i = 0; i < 120; ++i)); do
        if ! kill -0 "$LOAD" 2>/dev/null; then break; fi
        sleep 0.5
    done
    [[ -s $TREE/root/load.json ]] || { tail -n 20 "$SCRATCH/load.log" && return 1; }
    sh_inside 'python3 - <<PY
import json, subprocess
report = json.load(open("/root/load.json"))
ask = lambda sql: subprocess.run(["mariadb", "-N", "hongyan", "-e", sql], capture_output=True, text=True, check=True).stdout.split()
stored = set(ask("SELECT public_id FROM conversations"))
missing = [one for one in report["written"] if one not in stored]
messages = [int(n) for n in ask("SELECT COUNT(*), COUNT(DISTINCT client_no), MAX(m.seq) FROM messages m JOIN conversations v ON v.channel_id = m.channel_id WHERE v.public_id = \"load\" GROUP BY m.channel_id")]
talks = [messages[i:i + 3] for i in range(0, len(messages), 3)]
print("requests", report["requests"], "failed", len(report["failed"]), report["failed"][:5], "slowest", report["slowest_s"], "s")
print("stuck", report["stuck"], "ends", report["ends"])
print("written", len(report["written"]), "missing", len(missing))
print("said and acknowledged", report["acknowledged"], "answered", report["answered"], "stored", talks, "connections made again", report["reconnects"])
assert not report["failed"] and not report["stuck"] and not missing and report["requests"] > 500
assert report["slowest_s"] < 10 and not any("Timeout" in end for end in report["ends"])
assert report["acknowledged"] == report["answered"] > 100
assert sum(count for count, _, _ in talks) == report["acknowledged"] + report["answered"]
assert all(count == different == last for count, different, last in talks)
PY' | tee "$SCRATCH/result"
}

main() {
    ((EUID == 0)) || die "packages are tried as root"
    "$DEV/packages.sh" debootstrap systemd-container
    mkdir -p "$SCRATCH"
    make_previous || die "the packages of the release before were not made"
    "$ROOT/infra/packaging/build.sh" >/dev/null
    make_base "$BASE" || die "debootstrap did not work"
    rm -rf "$TREE"
    cp -a "$BASE" "$TREE"
    mkdir -p "$TREE/old" "$TREE/new"
    cp "$PREVIOUS"/source/build/packages/*.deb "$TREE/old/"
    cp "$ROOT"/build/packages/*.deb "$TREE/new/"
    check "release $OLD installs" install_old
    boot || die "the tree does not boot; see $SCRATCH/boot.log"
    prepare_certificate
    check "release $OLD is set up" inside hongyanctl setup --yes --domain=$DOMAIN --tls=cert --cert=/etc/ssl/own/cert.pem --key=/etc/ssl/own/key.pem --phone=13900000000
    # No limit on requests of one address for what follows.
    sh_inside 'echo "limits.address_per_minute = 100000000" >>/etc/hongyan/hongyan.conf && hongyanctl upgrade' >/dev/null
    begin_load
    check "people write and talk" let_pass 8
    check "the schema of $NEW under programs of $OLD" schema_first
    check "program after program becomes $NEW" programs_then
    check "all programs are $NEW" all_are "$NEW" "$(schema_of "$ROOT")"
    check "the house of $NEW is well" inside hongyanctl selftest
    check "program after program goes back to $OLD, the schema stays" programs_back
    check "all programs are $OLD" all_are "$OLD" "$(schema_of "$ROOT")"
    check "and forward again" programs_then
    check "the packages of $OLD go back as well" packages_back
    check "the house of $OLD is well with the newer schema" inside hongyanctl selftest
    check "no request failed, nothing that was acknowledged is lost" nothing_failed
    cat "$SCRATCH/result" 2>/dev/null || true
    say "$PASSED passed, $FAILED failed"
    ((FAILED == 0))
}

main
