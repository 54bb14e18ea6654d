// Users as an admin sees them: with how many robots and codes they have, newest first.
#pragma once
#include <optional>
#include <vector>

#include "core/accounts.h"

namespace hy::user_list {

struct User : accounts::Account {
    int64_t robots = 0, codes = 0;
};

struct Page {
    int64_t total = 0;
    std::vector<User> users;
};

// Closed accounts are left out.
Page list(db::Session& s, std::optional<accounts::Role> role, int64_t page, int64_t page_size);

}  // namespace hy::user_list
