# What infra/docs/runbook.md says, played on a booted host. Sourced by run.sh.
# shellcheck shell=bash

# Somebody with a robot, before anything goes wrong.
prepare_writer() {
    KEY=$(token)
    ROBOT=$(sh_inside "rm -f /root/writes /root/writes.stop /root/writes.codes
        curl -sf -H 'Authorization: Bearer $KEY' -H 'Content-Type: application/json' -d '{\"name\":\"faults\"}' https://$DOMAIN/ocms/robots/ |
        sed -E 's/.*\"robot_id\":\"([^\"]+)\".*/\1/'")
    [[ -n $KEY && $ROBOT == robot_* ]]
}

# Makes conversations until writes.stop is there; each that was acknowledged is a line of writes.
write_until_stopped() {
    sh_inside "cd /root
        while [[ ! -e writes.stop ]]; do
            code=\$(curl -s -m 40 -o answer -w '%{http_code}' -H 'Authorization: Bearer $KEY' -H 'Content-Type: application/json' \
                -d '{\"robot_id\":\"$ROBOT\",\"title\":\"x\"}' https://$DOMAIN/ocms/conversations/ || true)
            echo \$code >>writes.codes
            if [[ \$code == 200 ]]; then sed -E 's/.*\"id\":\"([^\"]+)\".*/\1/' answer >>writes; echo >>writes; else sleep 0.2; fi
        done"
}

# during WHAT BACK: writes go on while the commands WHAT and then BACK run inside; afterwards every write that was
# acknowledged is there, writes are taken again, and no program was restarted by hand.
during() {
    local writer status=0
    prepare_writer || return 1
    write_until_stopped &
    writer=$!
    play_fault "$1" "$2" || status=1
    sh_inside 'touch /root/writes.stop'
    wait "$writer" || status=1
    sh_inside 'sort -u /root/writes | sed "/^$/d" >/root/acknowledged
        mariadb -N hongyan -e "SELECT public_id FROM conversations" | sort -u >/root/stored
        missing=$(comm -23 /root/acknowledged /root/stored | wc -l)
        echo "acknowledged $(wc -l </root/acknowledged), missing $missing, answers: $(sort /root/writes.codes | uniq -c | xargs)"
        ((missing == 0))' || status=1
    return "$status"
}

play_fault() {
    sh_inside 'for i in $(seq 100); do [[ $(wc -l </root/writes) -ge 20 ]] 2>/dev/null && break; sleep 0.2; done; [[ -s /root/writes ]]' || return 1
    sh_inside "$1" || return 1
    sh_inside "$2" || return 1
    # Back by itself.
    sh_inside 'before=$(wc -l </root/writes)
        for i in $(seq 150); do [[ $(wc -l </root/writes) -gt $((before + 20)) ]] && break; sleep 0.2; done
        [[ $(wc -l </root/writes) -gt $((before + 20)) ]]'
}

# The database's folder gets a file system of its own, which is then filled.
disk_of_its_own() {
    sh_inside 'systemctl stop mariadb.socket mariadb && cp -a /var/lib/mysql /root/mysql && mount -t tmpfs -o size=400m,mode=0755 tmpfs /var/lib/mysql
        cp -a /root/mysql/. /var/lib/mysql/ && chown mysql:mysql /var/lib/mysql && systemctl start mariadb.socket mariadb'
}

disk_full() {
    during 'dd if=/dev/zero of=/var/lib/mysql/filler bs=1M >/dev/null 2>&1 || true; df /var/lib/mysql | tail -n 1
        { hongyanctl doctor || true; } | grep "/var/lib/mysql has 0 % left"
        sleep 8' 'rm /var/lib/mysql/filler'
}

database_away() { during 'systemctl stop mariadb.socket mariadb; for i in $(seq 60); do tail -n 1 /root/writes.codes | grep -q 503 && break; sleep 0.2; done
        tail -n 1 /root/writes.codes | grep 503; { hongyanctl doctor || true; } | grep "database is away"' 'systemctl start mariadb.socket mariadb'; }

# HTTP goes on without NATS; what was stored meanwhile is published afterwards.
nats_away() {
    during 'systemctl stop nats-server; before=$(wc -l </root/writes); for i in $(seq 100); do [[ $(wc -l </root/writes) -gt $((before + 10)) ]] && break; sleep 0.2; done
        [[ $(wc -l </root/writes) -gt $((before + 10)) ]]; { hongyanctl doctor || true; } | grep "NATS is away"' 'systemctl start nats-server' &&
        sh_inside 'for i in $(seq 100); do said=$(hongyanctl status || true); [[ $said == *"outbox      0 rows"* ]] && break; sleep 0.2; done; hongyanctl selftest'
}

everything_killed() {
    during "pkill -9 -f '^/usr/lib/hongyan/'" 'true' && sh_inside 'for i in $(seq 60); do said=$(hongyanctl doctor || true); [[ $said == *"does not run"* ]] || break; sleep 0.5; done
        hongyanctl selftest && [[ -z $(systemctl list-units --state=failed --no-legend) ]]'
}

certificate_ends() {
    sh_inside "cd /etc/ssl/own; cp cert.pem kept.pem; cp key.pem kept.key
        openssl req -x509 -newkey rsa:2048 -nodes -days 5 -subj /CN=$DOMAIN -addext subjectAltName=DNS:$DOMAIN -keyout key.pem -out cert.pem 2>/dev/null
        { hongyanctl doctor || true; } | grep 'the certificate ends in'
        cp kept.pem cert.pem; cp kept.key key.pem; systemctl reload nginx
        hongyanctl doctor && hongyanctl selftest"
}

# Programs whose clock is a file's: the host's own is everybody's.
clock_of_their_own() {
    sh_inside 'echo +0 >/run/hongyan/clock; chmod 644 /run/hongyan/clock; mkdir -p /run/systemd/system/hongyan-.service.d
        printf "[Service]\nEnvironment=%s\n" "LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1) FAKETIME_TIMESTAMP_FILE=/run/hongyan/clock FAKETIME_NO_CACHE=1 FAKETIME_DISABLE_SHM=1 FAKETIME_DONT_FAKE_MONOTONIC=1" >/run/systemd/system/hongyan-.service.d/zz-clock.conf
        systemctl daemon-reload; systemctl stop "hongyan-handler@*.service"; systemctl restart "hongyan-event@*.service" hongyan-ws-relay.service
        hongyanctl selftest'
}

# An hour ahead, an hour behind, and right again: what is written meanwhile stays, and talking goes on at each of them.
clock_jumps() {
    local goes_on='before=$(wc -l </root/writes); for i in $(seq 100); do [[ $(wc -l </root/writes) -gt $((before + 20)) ]] && break; sleep 0.2; done
        [[ $(wc -l </root/writes) -gt $((before + 20)) ]]; hongyanctl selftest >/dev/null'
    clock_of_their_own || return 1
    during "echo +3600 >/run/hongyan/clock; $goes_on; curl -s -D - -o /dev/null https://$DOMAIN/ocms/robots/ | head -n 1; echo -3600 >/run/hongyan/clock; $goes_on" "echo +0 >/run/hongyan/clock; $goes_on" || return 1
    sh_inside 'rm /run/systemd/system/hongyan-.service.d/zz-clock.conf; systemctl daemon-reload
        systemctl stop "hongyan-handler@*.service"; systemctl restart "hongyan-event@*.service" hongyan-ws-relay.service; hongyanctl selftest'
}

logs_rotate() {
    sh_inside "logrotate -f /etc/logrotate.d/nginx
        for i in \$(seq 50); do
            curl -s -o /dev/null https://$DOMAIN/healthz
            [[ -s /var/log/nginx/hongyan.access.log ]] && break
            sleep 0.2
        done
        [[ -s /var/log/nginx/hongyan.access.log && -e /var/log/nginx/hongyan.access.log.1 ]]
        not bash -c \"grep -hE 'token=|apiKey=' /var/log/nginx/hongyan.*.log*\""
}
