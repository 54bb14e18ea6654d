// Robots as lists and details show them: with brain, device, and whether anything of theirs is there.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/brains.h"
#include "core/robots.h"

namespace hy::robot_views {

enum class Wanted { all, online, offline, deleted };

struct View {
    int64_t id = 0;
    std::string robot_id, name, mode, provider;
    bool deleted = false, online = false;
    bool has_device = false;
    std::string device_info;     // JSON
    int64_t last_active_at = 0;  // 0: never
    int64_t created_at = 0;
};

struct Page {
    int64_t total = 0;
    std::vector<View> robots;
};

// An account's robots, newest first; `all` leaves deleted ones out.
Page list(db::Session& s, const House& house, int64_t owner, Wanted wanted, int64_t page, int64_t page_size);
// One of them, whosever it is.
std::optional<View> find(db::Session& s, const House& house, int64_t robot);

}  // namespace hy::robot_views
