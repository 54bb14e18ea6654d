#include "faults/play.h"

#include <array>
#include <stdexcept>

#include "base/text.h"
#include "support/house_check.h"
#include "support/wait.h"

namespace hy::test {

namespace {

Asker asker(db::Session& s) {
    return [&s](const std::string& sql) {
        std::vector<std::string> found;
        db::Rows rows = s.query(sql);
        while (rows.next()) found.push_back(rows.text(1));
        return found;
    };
}

// Words of the driver, of the server and of exceptions, which nobody outside may read.
bool speaks_of_the_inside(const std::string& body) {
    const std::string text = lower(body);
    for (const char* word : {"lost connection", "gone away", "deadlock found", "lock wait", "mysql server", "mariadb",
                             "sqlstate", "std::", "exception"})
        if (text.find(word) != std::string::npos) return true;
    return false;
}

// Everything that is asked after an answer, and what was found wrong.
class Judge {
public:
    Judge(const Operation& operation, Scene& scene) : operation_(operation), scene_(scene), from_(count()) {}

    void require(bool fine, const std::string& what) {
        if (!fine) faults_.push_back(what);
    }
    // What happened is looked up where it is to be told only.
    void require(bool fine, const char* what, const Answer& answer) {
        if (!fine) faults_.push_back(what + told(answer));
    }
    int64_t happened() const { return count() - from_; }
    bool good(const Answer& answer) const { return answer.status == operation_.good; }
    std::string told(const Answer& answer) const {
        return " (answer " + std::to_string(answer.status) + " " + answer.body.substr(0, 200) + ", happened " +
               std::to_string(happened()) + ")";
    }

    // The first answer: success means that it has happened; else it has not, or all of it has
    // where that may be.
    void first(const Answer& answer, bool may_have_happened) {
        require(!speaks_of_the_inside(answer.body), "the answer speaks of the inside", answer);
        if (good(answer)) {
            require(!operation_.effect || happened() == 1 || (operation_.looks && happened() == 0),
                    "answered, but it has not happened once", answer);
        } else {
            require(answer.status == 503 || answer.status == 0, "a failure that is none of the house", answer);
            require(!operation_.effect || happened() == 0 || (happened() == 1 && may_have_happened),
                    "refused, but it has happened", answer);
        }
    }

    // The same request once more, now that nothing fails: as any client would after a failure,
    // or after an answer that got lost.
    void repeat(const Answer& first) {
        const int64_t before = happened();
        const Answer answer = operation_.run(scene_);
        const bool was_there = good(first) || (operation_.effect && before > 0);
        require(good(answer) || (was_there && answer.status == operation_.after), "the repeat failed", answer);
        const int64_t expected = operation_.again == Again::more ? before + 1 : 1;
        require(!operation_.effect || happened() == expected, "the repeat did not do its part", answer);
        // The publisher's thread may just be deleting what has arrived.
        require(eventually([&] { return scene_.services.db.stats().busy == 0; }), "a connection was not given back");
        if (!operation_.check || !good(answer)) return;
        try {
            operation_.check(scene_, answer);
        } catch (const std::exception& e) {
            require(false, e.what() + told(answer));
        }
    }

    void in_the_end() {
        for (const auto& push : scene_.unheard_in_the_end()) require(false, "never published: " + push);
        every_message_was_heard();
    }

    std::vector<std::string> faults() && { return std::move(faults_); }

private:
    int64_t count() const { return operation_.effect ? operation_.effect(scene_) : 0; }

    // Messages of clients: those of the operation itself.
    void every_message_was_heard() {
        if (scene_.user.id == 0) return;
        const auto heard = scene_.bus.heard();
        scene_.world.db.read([&](db::Session& s) {
            db::Rows rows = s.query(
                "SELECT CAST(m.message_id AS CHAR) FROM messages m JOIN channels c ON c.id = m.channel_id"
                " WHERE c.account_id = ? AND m.client_no <> ''",
                {scene_.user.id});
            const std::string subject = "live.account." + std::to_string(scene_.user.id);
            while (rows.next()) {
                const std::string id = "\"id\":\"" + rows.text(1) + "\"";
                bool found = false;
                for (const auto& [to, push] : heard)
                    found = found || (to == subject && push.find(id) != std::string::npos);
                require(found, "message " + rows.text(1) + " was never published");
            }
        });
    }

    const Operation& operation_;
    Scene& scene_;
    const int64_t from_;
    std::vector<std::string> faults_;
};

void prepare(const Operation& operation, Scene& scene) {
    scene.world.clock.advance(10'000);
    operation.prepare(scene);
    if (!scene.publishes) scene.execute("DELETE FROM outbox");
}

}  // namespace

void empty_house(World& world) {
    world.bus.flushes = false;  // what its services commit stays in the outbox
    world.db.read([](db::Session& s) {
        std::vector<std::string> tables;
        db::Rows rows = s.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name NOT IN ('schema_version', 'search_state')");
        while (rows.next()) tables.push_back(rows.text(1));
        for (const auto& table : tables) s.execute("DELETE FROM " + table);
        s.execute("UPDATE search_state SET message_id = 0");
    });
}

std::vector<std::string> house_faults(World& world) {
    return world.db.read([](db::Session& s) { return check_house(asker(s), {.settled = true, .signed_in = true}); });
}

Played play(const Operation& operation, World& world, DbProxy& proxy, const DatabaseFault& fault) {
    proxy.heal();
    Scene scene(world, proxy);
    prepare(operation, scene);
    scene.bus.flushes = scene.publishes;  // the publisher's own deletes would be counted
    Judge judge(operation, scene);
    proxy.arm(fault.at, fault.cut, fault.stays_away, fault.counts);
    const Answer answer = operation.run(scene);
    Played played{proxy.struck(), proxy.seen(), {}};
    proxy.heal();
    const bool lost = fault.cut != Cut::deadlock && fault.cut != Cut::lock_timeout;
    scene.in_doubt = lost && proxy.struck_sql().ends_with("COMMIT AND CHAIN");
    judge.first(answer, (scene.in_doubt && fault.cut == Cut::after) || operation.steps);
    // One lost connection is the house's own business; only a commit in doubt is not.
    judge.require(judge.good(answer) || fault.stays_away || scene.in_doubt, "one fault was too much", answer);
    judge.repeat(answer);
    judge.in_the_end();
    played.faults = std::move(judge).faults();
    for (auto& text : played.faults) text += " [at " + proxy.struck_sql().substr(0, 120) + "]";
    return played;
}

Played play(const Operation& operation, World& world, DbProxy& proxy, const BusFault& fault) {
    proxy.heal();
    Scene scene(world, proxy);
    prepare(operation, scene);
    Judge judge(operation, scene);
    scene.bus.arm(fault.at, fault.loss);
    const Answer answer = operation.run(scene);
    Played played{scene.bus.struck(), proxy.seen(), {}};
    // NATS is no condition: where the answer itself did not get lost, it is a good one.
    judge.require(judge.good(answer) || answer.status == 0, "NATS is needed", answer);
    judge.require(!operation.effect || operation.steps || judge.happened() == 1, "it has not happened", answer);
    scene.bus.heal();
    judge.repeat(answer);
    judge.in_the_end();
    played.faults = std::move(judge).faults();
    return played;
}

}  // namespace hy::test
