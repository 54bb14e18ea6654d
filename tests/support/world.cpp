// The scratch schema and the worlds that stand on it.
#include "support/world.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "core/schema.h"

namespace hy::test {

namespace {

std::string wanted(const char* name) {
    const char* value = std::getenv(name);
    if (!value) throw std::runtime_error(std::string(name) + " is not set; tests/run.sh sets it");
    return value;
}

class Scratch {
public:
    Scratch() {
        std::string pattern = (std::filesystem::temp_directory_path() / "hongyan-core-XXXXXX").string();
        if (!mkdtemp(pattern.data())) throw std::runtime_error("no scratch folder");
        folder = pattern;
        const char* password = std::getenv("HONGYAN_TEST_DB_PASSWORD");
        config.profile = "development";
        config.weapp.provider = "dev";
        config.sms.provider = "log";
        config.sms.log_file = folder + "/sms.log";
        config.database.socket = wanted("HONGYAN_TEST_DB_SOCKET");
        config.database.user = wanted("HONGYAN_TEST_DB_USER");
        config.database.password_file = file("password", password ? password : "");
        config.auth.token_keys_file = file("keys", "k1 " + random_text(40));
        config.auth.box_key_file = file("box", random_hex32() + random_hex32());
        config.openim.secret_file = file("openim", "openIM123");
        config.files.path = folder + "/files";
        config.run_dir = folder;
        // The schema does not exist yet: the first connection names none.
        config.database.name = "";
        const std::string name = "hongyan_" + random_text(12, kLowerDigits);
        db::Database(config, 1).read(
            [&](db::Session& s) { s.execute("CREATE DATABASE " + name + " CHARACTER SET utf8mb4"); });
        config.database.name = name;
        db::Database db(config, 1);
        const char* root = std::getenv("HONGYAN_TEST_ROOT");
        schema::migrate(db, std::string(root ? root : HONGYAN_SOURCE_ROOT) + "/sql/migrations", 1);
    }
    ~Scratch() {
        try {
            db::Database(config, 1).read([&](db::Session& s) { s.execute("DROP DATABASE " + config.database.name); });
        } catch (const std::exception&) {
            // The server may be gone; its data goes with the run.
        }
        std::error_code ignored;
        std::filesystem::remove_all(folder, ignored);
    }

    std::string file(const std::string& name, const std::string& text) {
        std::ofstream(folder + "/" + name) << text;
        return folder + "/" + name;
    }
    std::string folder;
    Config config;
};

Scratch& scratch() {
    static Scratch one;
    return one;
}

Config changed(const std::function<void(Config&)>& change) {
    Config config = scratch_config();
    if (change) change(config);
    return config;
}

}  // namespace

const Config& scratch_config() { return scratch().config; }
const std::string& scratch_folder() { return scratch().folder; }

db::Rows WatchedSession::query(std::string_view sql, std::span<const db::Param> params) {
    db::Rows rows = inner_.query(sql, params);
    after_(sql);
    return rows;
}

uint64_t WatchedSession::execute(std::string_view sql, std::span<const db::Param> params) {
    const uint64_t rows = inner_.execute(sql, params);
    after_(sql);
    return rows;
}

World::World(const std::function<void(Config&)>& change)
    : config(changed(change)),
      clock(1'750'000'000'000),
      services(config, clock, bus, 16),
      house(services.house),
      db(services.db) {
    // Ids hold the time, which stands still here: worlds must not meet in one millisecond.
    static std::atomic<int64_t> worlds{0};
    clock.advance(worlds++ * 100'000'000);
}

accounts::Account World::account(const std::string& name) {
    return ask([&](db::Session& s) { return accounts::create(s, house, name); });
}

robots::Robot World::robot(int64_t owner, std::string* api_key) {
    std::string key;
    return ask([&](db::Session& s) {
        return robots::create(s, house, owner, {"robot", "", "", "agent"}, api_key ? api_key : &key);
    });
}

messages::Appended World::say(const channels::Channel& channel, const Principal& who, const std::string& text,
                              const std::string& no) {
    messages::Draft draft;
    draft.sender = who;
    draft.client_no = no;
    draft.content.text = text;
    return act(
        [&](db::Session& s, outbox::Pushes& pushes) { return messages::append(s, house, channel, draft, pushes); });
}

void World::relay(const std::string& id) {
    ask([&](db::Session& s) { presence::heartbeat(s, house, id, "name-" + id, 1, 0); });
}

void World::connect(const std::string& conn, const std::string& relay, const Principal& who,
                    const std::string& exclusive) {
    act([&](db::Session& s, outbox::Pushes& pushes) {
        presence::opened(s, house, {conn, relay, "ocms", who, exclusive}, 1008, "elsewhere", pushes);
    });
}

channels::Channel World::now(const channels::Channel& channel) {
    return *ask([&](db::Session& s) { return channels::find(s, channel.id); });
}

int64_t World::number(const std::string& sql, std::initializer_list<db::Param> params) {
    return db.read([&](db::Session& s) {
        db::Rows rows = s.query(sql, params);
        return rows.next() ? rows.integer(1) : -1;
    });
}

}  // namespace hy::test
