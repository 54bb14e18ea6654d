// Who is connected, where. Connections are rows that live as long as their relay's lease.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bus/bus.h"
#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::presence {

struct Connection {
    std::string conn, relay, door;
    Principal who;
    std::string exclusive;  // empty: any number side by side
    int64_t most = 0;       // of `who` at once, on relays that live; 0: no bound
    std::string device;     // in the door's own words
};

// Writes the connection; false when `who` has `most` others. With `exclusive`, an older one of the
// same key is told to go (`code`, `reason`) and this one takes its place.
bool opened(db::Session& s, const House& house, const Connection& connection, int code, const std::string& reason,
            outbox::Pushes& pushes);
// The connections of one principal through a door.
std::vector<Connection> of(db::Session& s, const Principal& who, const std::string& door);
// Ends one of them: its relay is told to close it.
void end(db::Session& s, const House& house, const Connection& connection, int code, const std::string& reason,
         outbox::Pushes& pushes);
// When the account's last connection with this device ended, at the openim door; 0: there was none.
int64_t last_end(db::Session& s, int64_t account, const std::string& door, const std::string& device);
// Whether it was written before.
bool known(db::Session& s, const std::string& conn);
// Connections ended; a robot's talks go to its other agents. Returns the accounts of which there were some.
std::vector<int64_t> closed(db::Session& s, const House& house, const std::vector<std::string>& conns,
                            outbox::Pushes& pushes);
// Says to those who follow them where these accounts are now ({kind:"presence", user, platforms} on live.status.account.<n>).
// After the commit of what changed it; best effort, as all that is not kept.
void tell(db::Database& db, const House& house, bus::Bus& bus, const std::vector<int64_t>& accounts);

// A relay lives; an older epoch of the same name ends at once. True when its lease had run out,
// or was never taken: connections that it holds may have been given up, and it is to name them.
bool heartbeat(db::Session& s, const House& house, const std::string& relay, const std::string& name, int64_t started,
               int64_t connections);
// Names of connections that a relay holds: all of them that sort behind `after`, up to `until`
// (empty: no bound on that side).
struct Named {
    std::vector<std::string> conns;
    std::string after, until;
};
// Rows within those bounds that are not named end, but young ones, since they may have come
// after the naming; returns the named that have no row.
// `ended`: the accounts that lost a connection.
std::vector<std::string> reconcile(db::Session& s, const House& house, const std::string& relay, const Named& named,
                                   std::vector<int64_t>& ended, outbox::Pushes& pushes);
// Ends relays whose lease has run out. `heard_since_us` says, after the first look, since when they could be heard, on the
// clock of monotonic_us(), 0 when they cannot be: nobody is given up before that was so for a lease.
void sweep(db::Database& db, const House& house, bus::Bus& bus, const std::function<int64_t()>& heard_since_us,
           outbox::Publisher& publisher);

// `door` empty: through any.
bool online(db::Session& s, const House& house, const Principal& who, const std::string& door = {});
// Of those of `who` who are there through any door, on which platforms (numbers as at OpenIM, wire "Platforms"; 0: one that
// tells none).
std::map<Principal, std::set<int64_t>> platforms(db::Session& s, const House& house, const std::vector<Principal>& who);
struct Relay {
    std::string id;  // "<name>.<when it started>"
    int64_t started_at = 0, seen_at = 0, connections = 0;
    bool lives = false;
};
std::vector<Relay> relays(db::Session& s, const House& house);
// Since when one of the relays that live has been there; 0: none lives.
int64_t up_since(db::Session& s, const House& house);
int64_t connection_count(db::Session& s, const House& house);

}  // namespace hy::presence
