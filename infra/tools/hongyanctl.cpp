// The operator's tool: one word a task, help without a word.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/metrics_server.h"
#include "app/process.h"
#include "base/log.h"
#include "base/text.h"
#include "core/schema.h"
#include "doctor.h"
#include "groups.h"
#include "people.h"
#include "probe.h"
#include "rights.h"
#include "selftest.h"
#include "status.h"

namespace hy::tools {

namespace {

constexpr const char* kHelp =
    "hongyanctl <task> [--config=FILE] [--key=value ...]\n"
    "  migrate [FOLDER]             bring the schema up to date\n"
    "  check-config [alone]         say what cannot work in the settings, or with the database (not: alone)\n"
    "  connections                  how many the database has to give\n"
    "  metrics                      what every process of this host measures, as /metrics gives it\n"
    "  status                       processes, database, NATS, outbox, connections\n"
    "  setup                        make a server of an installed host (--help)\n"
    "  upgrade                      bring schema, rights and nginx to the installed packages\n"
    "  reload                       have everything work by the settings as they stand now\n"
    "  deploy GROUP                 replace one program under load (--help)\n"
    "  doctor [alert]               what should be looked at; with alert it tells alerts.webhook_url\n"
    "  backup, verify, restore      (--help)\n"
    "  selftest                     log in, send and receive through the public address\n"
    "  probe GROUP                  ask a FastCGI handler through its socket\n"
    "  admin create PHONE           an admin's account, if there is none of that phone\n"
    "  admin grant|revoke PHONE|UID|ID   make an account an admin, or no longer\n"
    "  account export PHONE|UID|ID  all that somebody has here, a line of JSON for each page\n"
    "  account delete PHONE|UID|ID  end an account, at every door and for ever\n"
    "  token ID                     issue tokens for an account, for a test\n"
    "  routes                       every endpoint, its handler and who may call it\n"
    "  groups                       every program of the house\n"
    "  nginx --out=FOLDER           write nginx's settings\n"
    "  rights FOLDER [HOST]         statements that make the doors' database users; FOLDER holds\n"
    "                               a password for each in db-<door>, HOST is localhost\n"
    "  api [FOLDER]                 write nginx/conf.d and nginx/www/docs of a checkout\n"
    "  config-docs                  every key, as Markdown\n";

using Words = std::vector<std::string>;

int fail(const std::string& words) {
    fprintf(stderr, "hongyanctl: %s\n", words.c_str());
    return 1;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file(path);
    file << text;
    if (!file.flush()) throw Error(Fault::internal, "file", path.string() + " cannot be written");
}

std::string config_docs() {
    std::string text =
        "# Configuration\n\nEvery key, written by `make api` from the typed struct (`shared/base/config.h`). A value\n"
        "comes from, the later beating the earlier: its default, `hongyan.conf` (`key = value`), `HONGYAN_*`\n"
        "in the environment (`database.socket` is `HONGYAN_DATABASE_SOCKET`), `--key=value`.\n\n"
        "| key | type | default | what it is |\n|---|---|---|---|\n";
    for (const auto& key : config_keys(Config{}))
        text += "| `" + key.name + "` | " + key.type + " | " + (key.value.empty() ? "" : "`" + key.value + "`") +
                " | " + key.description + " |\n";
    return text;
}

int write_api(const std::filesystem::path& root) {
    std::vector<const api::Door*> doors;
    for (const api::Group* group : groups())
        if (std::find(doors.begin(), doors.end(), &group->door) == doors.end()) doors.push_back(&group->door);
    for (const api::Door* door : doors) {
        const std::string name = door->name;
        write_file(root / "nginx/conf.d" / (name + ".conf"), api::nginx_locations(*door, groups(), streams()));
        if (name != "system")
            write_file(root / "nginx/www/docs" / (name + ".json"), api::openapi(*door, groups(), "/"));
    }
    write_file(root / "infra/docs/configuration.md", config_docs());
    return 0;
}

int write_nginx(const Config& config, const std::string& folder) {
    for (const auto& file : api::nginx_settings(config, groups()))
        write_file(std::filesystem::path(folder) / file.name, file.content);
    return 0;
}

std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    if (!file) throw Error(Fault::internal, "file", path.string() + " cannot be read");
    return text;
}

// Beside the programs of a package, or in a checkout.
std::filesystem::path sql_folder() {
    const auto bin = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    for (const auto& folder : {bin / "../../share/hongyan/sql", bin / "../../sql"})
        if (std::filesystem::exists(folder / "rights")) return folder;
    return "sql";
}

int rights(const Config& config, const Words& words) {
    if (words.size() < 2 || words.size() > 3) return fail("rights FOLDER [HOST]");
    const std::string text = file_text(sql_folder() / "rights");
    std::vector<std::string> passwords;
    for (const auto& role : rights_roles(text)) passwords.push_back(read_secret_file(words[1] + "/db-" + role));
    printf("%s",
           rights_statements(text, config.database.name, words.size() > 2 ? words[2] : "localhost", passwords).c_str());
    return 0;
}

// A path that no group has: its door says 404 when it is well, or, where clients want it so, 200 with a word about it.
int ask_group(const Config& config, const Words& words) {
    if (words.size() != 2) return fail("probe GROUP");
    const int status = probe(config.run_dir + "/" + words[1] + ".sock", 5000);
    if (status == 404 || status == 200) return printf("%s answers\n", words[1].c_str()), 0;
    return fail(words[1] + (status ? " answers " + std::to_string(status) : " does not answer"));
}

int migrate(db::Database& db, const Config& config, const Words& words) {
    const std::string folder = words.size() > 1 ? words[1] : (sql_folder() / "migrations").string();
    const auto applied = schema::migrate(db, folder, SystemClock().now_ms());
    for (const auto& name : applied) printf("applied %s\n", name.c_str());
    // The development profile has an admin from the start.
    if (config.development()) create_admin(db, OwnHouse(config).house, "13800000000");
    printf("the schema is at version %lld\n", static_cast<long long>(schema::version(db)));
    return 0;
}

int with_services(const Config& config, const Words& words) {
    db::Database db(config, 1);
    if (words[0] == "migrate") return migrate(db, config, words);
    const OwnHouse own(config);
    const House& house = own.house;
    if (words[0] == "admin") return admin(db, house, words);
    if (words[0] == "token") return token(db, house, words);
    if (words[0] == "account") return account(db, house, words);
    if (words[0] == "doctor") {
        const bool alert = words.size() > 1 && words[1] == "alert";
        return doctor(config, house, db, alert, config.run_dir + "/doctor.state");
    }
    if (words[0] == "selftest") return self_test(config, house, db);
    return print_status(config, house, db);
}

// `alone`: what the settings say by themselves; otherwise the database is asked too.
int check_config(const Config& config, bool alone) {
    auto faults = config_faults(config);
    if (!alone)
        for (auto& fault : database_faults(config, programs())) faults.push_back(std::move(fault));
    for (const auto& fault : faults) fprintf(stderr, "%s\n", fault.c_str());
    if (faults.empty()) printf("the configuration is fine\n");
    return faults.empty() ? 0 : 1;
}

// What works on the host rather than in the house is a script: beside the programs of a package, or in a checkout.
constexpr const char* kScripts[] = {"setup", "upgrade", "reload", "deploy", "backup", "restore", "verify"};

// Returns only when there is no such script.
void run_script(int argc, char** argv) {
    const auto self = std::filesystem::read_symlink("/proc/self/exe");
    for (const auto& folder : {self.parent_path() / "tasks", self.parent_path() / "../../infra/tools/tasks"}) {
        const std::string script = folder / argv[1];
        if (!std::filesystem::exists(script)) continue;
        setenv("HONGYANCTL", self.c_str(), 1);
        setenv("TASK", argv[1], 1);
        std::vector<char*> arguments(argv + 1, argv + argc);
        arguments[0] = const_cast<char*>(script.c_str());
        arguments.push_back(nullptr);
        execv(script.c_str(), arguments.data());
        throw Error(Fault::internal, "script", script + " cannot be run");
    }
}

// Where packages have their settings, unless somebody says otherwise.
void find_settings() {
    const auto folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    constexpr const char* installed = "/etc/hongyan/hongyan.conf";
    if (folder == "/usr/lib/hongyan" && std::filesystem::exists(installed)) setenv("HONGYAN_CONFIG", installed, 0);
}

int run(int argc, char** argv) {
    find_settings();
    for (const char* script : kScripts)
        if (argc > 1 && std::string_view(argv[1]) == script) run_script(argc, argv);
    std::string out;
    std::vector<const char*> rest;
    for (int i = 0; i < argc; ++i) {
        if (std::string_view(argv[i]).starts_with("--out=")) out = argv[i] + 6;
        else rest.push_back(argv[i]);
    }
    Words words;
    const Config config = load_config(static_cast<int>(rest.size()), rest.data(), environ, &words);
    const std::string task = words.empty() ? "" : words[0];
    log::configure("hongyanctl", log::Level::warn);
    if (task == "--version") return printf("hongyanctl %s\n", HONGYAN_VERSION), 0;
    if (task == "routes") return printf("%s", api::route_table(groups()).c_str()), 0;
    if (task == "groups") {
        for (const auto& program : programs()) printf("%s %s\n", program.kind, program.name);
        return 0;
    }
    if (task == "config-docs") return printf("%s", config_docs().c_str()), 0;
    if (task == "api") return write_api(words.size() > 1 ? words[1] : ".");
    if (task == "nginx") return out.empty() ? fail("nginx --out=FOLDER") : write_nginx(config, out);
    if (task == "rights") return rights(config, words);
    if (task == "check-config") return check_config(config, words.size() > 1 && words[1] == "alone");
    if (task == "connections")
        return printf("%lld\n", static_cast<long long>(wanted_connections(config, programs()) + 20)), 0;
    if (task == "metrics") return printf("%s", app::collect_metrics(config.run_dir).c_str()), 0;
    if (task == "probe") return ask_group(config, words);
    for (const char* known : {"migrate", "admin", "account", "token", "selftest", "doctor", "status"})
        if (task == known) return with_services(config, words);
    fprintf(stderr, "%s", kHelp);
    return 2;
}

}  // namespace

}  // namespace hy::tools

int main(int argc, char** argv) {
    try {
        return hy::tools::run(argc, argv);
    } catch (const hy::Error& error) {
        fprintf(stderr, "hongyanctl: %s\n", error.code == "config" ? error.detail.c_str() : error.what());
    } catch (const std::exception& error) {
        fprintf(stderr, "hongyanctl: %s\n", error.what());
    }
    return 1;
}
