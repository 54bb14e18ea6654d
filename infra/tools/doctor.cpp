#include "doctor.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>

#include "app/metrics_server.h"
#include "core/activation.h"
#include "core/deliveries.h"
#include "core/devices.h"
#include "core/hooks.h"
#include "core/jobs.h"
#include "core/outbox.h"
#include "core/presence.h"
#include "core/schema.h"
#include "json/writer.h"
#include "status.h"

namespace hy::tools {

namespace {

namespace fs = std::filesystem;
using Findings = std::vector<Finding>;

constexpr const char* kDatabaseClock = "SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";
constexpr const char* kReplicas = "SHOW ALL SLAVES STATUS";
constexpr int64_t kMostBehindS = 60, kMostAheadMs = 2000, kMostNamed = 100;
constexpr size_t kMostOneByOne = 5;

std::string number(int64_t n) { return std::to_string(n); }

// Missing, unless somebody has masked its unit: then it is not wanted.
void look_at_program(const std::string& name, const std::string& unit, const fs::path& folder,
                     const std::string& metrics, Findings& found) {
    std::error_code ignored;
    const bool masked = fs::read_symlink("/etc/systemd/system/" + unit + ".service", ignored) == "/dev/null";
    if (!masked && fs::exists(folder / name, ignored) && metrics.find("process=\"" + name + ".") == std::string::npos)
        found.push_back({"program." + name, true, name + " does not run"});
}

// Programs that always run, of the packages on this host, and the way in.
void look_at_programs(const Config& config, Findings& found) {
    std::error_code ignored;
    const auto folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
    const std::string metrics = app::collect_metrics(config.run_dir);
    for (const auto& program : programs())
        if (std::string_view(program.kind) != "fastcgi")
            look_at_program(program.name, "hongyan-event@" + std::string(program.name), folder, metrics, found);
    look_at_program("ws-relay", "hongyan-ws-relay", folder, metrics, found);
    std::string why;
    const auto health = http::get(config.public_url + "/healthz", {3000, 5000}, &why);
    if (!health)
        found.push_back({"site", true, config.public_url + " does not answer from here (" + why + "): is nginx well?"});
    else if (health->status != 200 && health->status != 503)
        found.push_back({"site", true, config.public_url + "/healthz answers " + number(health->status)});
}

void look_at_room(const std::string& folder, const Config& config, Findings& found) {
    struct statvfs room {};
    if (folder.empty() || statvfs(folder.c_str(), &room) != 0 || room.f_blocks == 0) return;
    const auto percent = static_cast<int64_t>(room.f_bavail * 100 / room.f_blocks);
    if (percent < config.alerts.disk_percent)
        found.push_back({"disk." + folder, percent < config.alerts.disk_percent / 2,
                         folder + " has " + number(percent) + " % left (" +
                             number(static_cast<int64_t>(room.f_bavail * room.f_frsize >> 20)) + " MB)"});
}

void look_at_certificate(const Config& config, int64_t now_ms, Findings& found) {
    if (config.tls.cert.empty()) return;
    const std::unique_ptr<FILE, int (*)(FILE*)> file(fopen(config.tls.cert.c_str(), "r"), fclose);
    const std::unique_ptr<X509, void (*)(X509*)> certificate(
        file ? PEM_read_X509(file.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
    if (!certificate) return found.push_back({"certificate", true, config.tls.cert + " cannot be read"});
    time_t now = now_ms / 1000;
    int days = 0, seconds = 0;
    const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> today(ASN1_TIME_set(nullptr, now), ASN1_STRING_free);
    ASN1_TIME_diff(&days, &seconds, today.get(), X509_get0_notAfter(certificate.get()));
    if (days < 0 || seconds < 0)
        found.push_back({"certificate", true, "the certificate has ended: clients refuse this server"});
    else if (days < config.alerts.certificate_days)
        found.push_back({"certificate", days < 3, "the certificate ends in " + number(days) + " days"});
}

void look_at_backups(const Config& config, int64_t now_ms, Findings& found) {
    if (config.backup.path.empty()) return;
    constexpr auto never = fs::file_time_type::min();
    fs::file_time_type newest = never;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(config.backup.path, ignored))
        if (entry.path().filename().string().starts_with("hongyan-") && entry.path().extension() != ".partial")
            newest = std::max(newest, fs::last_write_time(entry.path() / "manifest", ignored));
    if (newest == never) return found.push_back({"backup", true, "there is no backup in " + config.backup.path});
    const auto written = std::chrono::file_clock::to_sys(newest).time_since_epoch();
    const int64_t age_h = (now_ms / 1000 - std::chrono::duration_cast<std::chrono::seconds>(written).count()) / 3600;
    if (age_h > config.alerts.backup_hours)
        found.push_back(
            {"backup", age_h > 3 * config.alerts.backup_hours, "the last backup is " + number(age_h) + " hours old"});
}

// Lag of this server behind others, where it follows some; who may not ask is told nothing.
void look_at_replication(db::Database& db, Findings& found) try {
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kReplicas);
        // Column by place: Slave_IO_Running, Slave_SQL_Running, Seconds_Behind_Master of MariaDB 10.11, with the
        // connection's name and the state in front.
        while (rows.next()) {
            const bool runs = rows.text(13) == "Yes" && rows.text(14) == "Yes";
            const int64_t behind = rows.is_null(35) ? -1 : rows.integer(35);
            if (!runs) found.push_back({"replication", true, "replication has stopped"});
            else if (behind > kMostBehindS)
                found.push_back({"replication", false, "replication is " + number(behind) + " s behind"});
        }
    });
} catch (const Error&) {
    return;
}

void look_at_work(const Config& config, const House& house, db::Session& s, int64_t now, Findings& found) {
    const int64_t waiting = outbox::depth(s);
    if (waiting > config.alerts.outbox_rows)
        found.push_back(
            {"outbox", true, number(waiting) + " messages wait to be published: is NATS well, do jobs-outbox run?"});
    if (const auto due = jobs::oldest_due_at(s); due && now - *due > config.alerts.late_seconds * 1000)
        found.push_back(
            {"jobs", true,
             "a job is due for " + number((now - *due) / 1000) + " s: do jobs-replies and jobs-callbacks run?"});
    const auto calls = deliveries::ended_since(s, now - 3'600'000);
    if (calls.given_up > 0 && calls.given_up >= calls.taken / 20)
        found.push_back({"callbacks", false,
                         number(calls.given_up) + " calls of webhooks were given up in the last hour, " +
                             number(calls.taken) + " were taken"});
    const auto silent = devices::silent(s, house, now - config.alerts.robots_minutes * 60'000, kMostNamed);
    if (silent.size() > kMostOneByOne)
        found.push_back(
            {"robots", false,
             number(static_cast<int64_t>(silent.size())) + " or more robots are offline: their devices are silent"});
    else
        for (const auto& robot : silent)
            found.push_back({"robot." + robot, false, "robot " + robot + " is offline: its device is silent"});
    if (const int64_t ending = activation::ending(s, now, now + config.alerts.codes_days * 86'400'000); ending > 0)
        found.push_back(
            {"codes", false,
             number(ending) + " activation codes end within " + number(config.alerts.codes_days) + " days"});
}

void look_at_database(const Config& config, const House& house, db::Database& db, Findings& found) try {
    const int64_t schema = schema::version(db);
    if (schema < schema::kSchemaVersion)
        found.push_back({"schema", true, "the schema is older than these programs: hongyanctl upgrade"});
    db.read([&](db::Session& s) {
        const int64_t before = house.clock.now_ms();
        db::Rows rows = s.query(kDatabaseClock);
        const int64_t its = rows.next() ? rows.integer(1) : before, after = house.clock.now_ms();
        if (its < before - kMostAheadMs || its > after + kMostAheadMs)
            found.push_back({"clock", true,
                             "the clocks of this host and of the database differ by " +
                                 number(std::abs(its - after) / 1000) + " s"});
        look_at_work(config, house, s, after, found);
        const auto relays = presence::relays(s, house);
        if (std::none_of(relays.begin(), relays.end(), [](const auto& r) { return r.lives; }))
            found.push_back({"relay", true, "no relay lives: nobody is connected"});
    });
} catch (const Error& error) {
    found.push_back({"database", true, "the database is away: " + error.log});
}

json::Writer render(const Config& config, const Findings& found, int64_t now) {
    const bool grave = std::any_of(found.begin(), found.end(), [](const auto& f) { return f.grave; });
    json::Writer w;
    w.begin_object().field("v", 1).field("server", config.public_url).field("at", now);
    w.field("status", found.empty() ? "ok" : grave ? "grave" : "warning").key("findings").begin_array();
    for (const auto& finding : found)
        w.begin_object()
            .field("key", finding.key)
            .field("grave", finding.grave)
            .field("words", finding.words)
            .end_object();
    w.end_array().end_object();
    return w;
}

std::string keys_of(const Findings& found) {
    std::vector<std::string> keys;
    for (const auto& finding : found) keys.push_back(finding.key + (finding.grave ? " grave" : ""));
    std::sort(keys.begin(), keys.end());
    std::string text;
    for (const auto& key : keys) text += key + "\n";
    return text;
}

// Told once for each change; what could not be told is tried at the next examination.
bool tell(const Config& config, const House& house, const Findings& found, const std::string& state_file) {
    std::ifstream file(state_file);
    const std::string before((std::istreambuf_iterator<char>(file)), {}), keys = keys_of(found);
    if (before == keys) return true;
    const int64_t now = house.clock.now_ms();
    const std::string body(render(config, found, now).text());
    std::string why;
    const auto answer =
        http::call(hooks::request(house, config.alerts.webhook_url, body, "alert_" + number(now)), {}, &why);
    if (!answer || answer->status / 100 != 2) {
        fprintf(stderr, "hongyanctl: the alert was not taken: %s\n",
                answer ? number(answer->status).c_str() : why.c_str());
        return false;
    }
    const std::string beside = state_file + ".new";
    { std::ofstream(beside) << keys; }
    fs::rename(beside, state_file);
    return true;
}

}  // namespace

std::vector<Finding> examine(const Config& config, const House& house, db::Database& db) {
    Findings found;
    look_at_programs(config, found);
    look_at_database(config, house, db, found);
    look_at_replication(db, found);
    if (!nats_answers(config))
        found.push_back({"nats", true, "NATS is away: nothing is pushed, clients find it when they sync"});
    // Once for each file system.
    std::set<dev_t> seen;
    for (const std::string& folder :
         {config.files.path, std::string("/var/lib/mysql"), std::string("/"), config.backup.path}) {
        struct stat about {};
        if (stat(folder.c_str(), &about) == 0 && seen.insert(about.st_dev).second) look_at_room(folder, config, found);
    }
    look_at_certificate(config, house.clock.now_ms(), found);
    look_at_backups(config, house.clock.now_ms(), found);
    return found;
}

int doctor(const Config& config, const House& house, db::Database& db, bool alert, const std::string& state_file) {
    const auto found = examine(config, house, db);
    for (const auto& finding : found) printf("%s  %s\n", finding.grave ? "GRAVE  " : "warning", finding.words.c_str());
    if (found.empty()) printf("All is well.\n");
    if (alert && !config.alerts.webhook_url.empty() && !tell(config, house, found, state_file)) return 1;
    if (found.empty()) return 0;
    return std::any_of(found.begin(), found.end(), [](const auto& f) { return f.grave; }) ? 2 : 1;
}

}  // namespace hy::tools
