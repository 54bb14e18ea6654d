// Everything a handler may use, made once for each process by whoever runs it.
#pragma once
#include <memory>

#include "base/metrics.h"
#include "bus/bus.h"
#include "core/files.h"
#include "core/house.h"
#include "core/outbox.h"
#include "core/refusals.h"
#include "core/sessions.h"
#include "db/db.h"
#include "http/client.h"

namespace hy::api {

struct Services {
    Services(const Config& config, const Clock& clock, bus::Bus& bus, int db_connections)
        : config(config),
          clock(clock),
          bus(bus),
          ids(clock),
          keys(auth::read_keyring(config.auth.token_keys_file)),
          box(auth::read_box_key(config.auth.box_key_file)),
          house{config, clock, ids, keys, box},
          db(config, db_connections),
          publisher(db, bus),
          weapp_gate(half_of_threads(config)),
          test_gate(half_of_threads(config)),
          sms_gate(half_of_threads(config)),
          hook_gate(half_of_workers(config)) {}

    const Config& config;
    const Clock& clock;
    bus::Bus& bus;
    MessageIds ids;
    auth::Keyring keys;
    auth::SecretBox box;
    House house;
    db::Database db;
    outbox::Publisher publisher;
    sessions::Standing standing;
    refusals::Watch refusals;
    metrics::Registry metrics;
    http::CallGate weapp_gate, test_gate, sms_gate, hook_gate;
    http::OneEach testers;
    std::unique_ptr<files::Store> store;  // set by processes that keep files

    // A third party that hangs leaves the other half.
    static int half_of_threads(const Config& config) {
        return static_cast<int>(std::max<int64_t>(1, config.http.threads / 2));
    }

    // Of a process that answers what relays ask, or HTTP.
    static int half_of_workers(const Config& config) {
        return static_cast<int>(std::max<int64_t>(1, std::min(config.http.threads, config.events.workers) / 2));
    }

    // A transaction whose pushes are written with it and published after its commit.
    template <typename F>
    auto transaction(F&& work) {
        using Result = std::invoke_result_t<F, db::Session&, outbox::Pushes&>;
        outbox::Pushes pushes;
        const auto run = [&](db::Session& s) {
            pushes = {};
            if constexpr (std::is_void_v<Result>) {
                work(s, pushes);
                outbox::store(s, house, pushes);
            } else {
                auto result = work(s, pushes);
                outbox::store(s, house, pushes);
                return result;
            }
        };
        if constexpr (std::is_void_v<Result>) {
            db.transaction(run);
            publisher.publish(pushes);
        } else {
            auto result = db.transaction(run);
            publisher.publish(pushes);
            return result;
        }
    }
};

}  // namespace hy::api
