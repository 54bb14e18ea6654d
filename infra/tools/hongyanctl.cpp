// The operator's tool: one word a task, help without a word.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "app/metrics_server.h"
#include "app/process.h"
#include "base/log.h"
#include "base/text.h"
#include "core/schema.h"
#include "groups.h"
#include "status.h"

namespace hy::tools {

namespace {

constexpr const char* kHelp =
    "hongyanctl <task> [--config=FILE] [--key=value ...]\n"
    "  migrate [FOLDER]             bring the schema up to date\n"
    "  check-config                 say what cannot work in the settings\n"
    "  status                       processes, database, NATS, outbox, connections\n"
    "  admin grant|revoke PHONE|UID|ID   make an account an admin, or no longer\n"
    "  token ID                     issue tokens for an account, for a test\n"
    "  routes                       every endpoint, its handler and who may call it\n"
    "  groups                       every program of the house\n"
    "  nginx --out=FOLDER           write nginx's settings\n"
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

// The development profile has an admin from the start.
void make_development_admin(db::Database& db, const Config& config) {
    constexpr const char* phone = "13800000000";
    SystemClock clock;
    MessageIds ids(clock);
    const auth::Keyring keys = auth::read_keyring(config.auth.token_keys_file);
    const auth::SecretBox box = auth::read_box_key(config.auth.box_key_file);
    const House house{config, clock, ids, keys, box};
    db.transaction([&](db::Session& s) {
        if (accounts::find_by_phone(s, phone)) return;
        const auto account = accounts::create(s, house, "管理员");
        accounts::set_phone(s, house, account.id, phone);
        accounts::set_role(s, house, account.id, accounts::Role::admin);
    });
}

int migrate(db::Database& db, const Config& config, const Words& words) {
    const std::string folder = words.size() > 1 ? words[1] : "sql/migrations";
    const auto applied = schema::migrate(db, folder, SystemClock().now_ms());
    for (const auto& name : applied) printf("applied %s\n", name.c_str());
    if (config.development()) make_development_admin(db, config);
    printf("the schema is at version %lld\n", static_cast<long long>(schema::version(db)));
    return 0;
}

std::optional<accounts::Account> find_account(db::Session& s, const std::string& word) {
    if (auto account = accounts::find_by_phone(s, word)) return account;
    if (auto account = accounts::find_by_uid(s, word)) return account;
    const auto id = to_int(word);
    return id ? accounts::find(s, *id) : std::nullopt;
}

int admin(db::Database& db, const House& house, const Words& words) {
    if (words.size() != 3 || (words[1] != "grant" && words[1] != "revoke"))
        return fail("admin grant|revoke PHONE|UID|ID");
    const bool grant = words[1] == "grant";
    return db.transaction([&](db::Session& s) {
        const auto account = find_account(s, words[2]);
        if (!account) return fail("no account " + words[2]);
        accounts::set_role(s, house, account->id, grant ? accounts::Role::admin : accounts::Role::user);
        printf("%s (%lld) is %s\n", account->nickname.c_str(), static_cast<long long>(account->id),
               grant ? "an admin" : "a user");
        return 0;
    });
}

int token(db::Database& db, const House& house, const Words& words) {
    if (words.size() != 2) return fail("token ID");
    return db.transaction([&](db::Session& s) {
        const auto account = find_account(s, words[1]);
        if (!account) return fail("no account " + words[1]);
        const auto pair = sessions::log_in(s, house, *account);
        printf("{\"access_token\":\"%s\",\"refresh_token\":\"%s\"}\n", pair.access.c_str(), pair.refresh.c_str());
        return 0;
    });
}

int with_services(const Config& config, const Words& words) {
    db::Database db(config, 1);
    if (words[0] == "migrate") return migrate(db, config, words);
    SystemClock clock;
    MessageIds ids(clock);
    const auth::Keyring keys = auth::read_keyring(config.auth.token_keys_file);
    const auth::SecretBox box = auth::read_box_key(config.auth.box_key_file);
    const House house{config, clock, ids, keys, box};
    if (words[0] == "admin") return admin(db, house, words);
    if (words[0] == "token") return token(db, house, words);
    return print_status(config, house, db);
}

int check_config(const Config& config) {
    auto faults = config_faults(config);
    for (auto& fault : database_faults(config, programs())) faults.push_back(std::move(fault));
    for (const auto& fault : faults) fprintf(stderr, "%s\n", fault.c_str());
    if (faults.empty()) printf("the configuration is fine\n");
    return faults.empty() ? 0 : 1;
}

int run(int argc, char** argv) {
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
    if (task == "routes") return printf("%s", api::route_table(groups()).c_str()), 0;
    if (task == "groups") {
        for (const auto& program : programs()) printf("%s %s\n", program.kind, program.name);
        return 0;
    }
    if (task == "config-docs") return printf("%s", config_docs().c_str()), 0;
    if (task == "api") return write_api(words.size() > 1 ? words[1] : ".");
    if (task == "nginx") return out.empty() ? fail("nginx --out=FOLDER") : write_nginx(config, out);
    if (task == "check-config") return check_config(config);
    for (const char* known : {"migrate", "admin", "token", "status"})
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
