// What an account has here, for its owner to read and to take along, page by page: first itself with its robots, friends,
// groups and bench, then its conversations, its uploads, and what was said wherever it may read. A page is about a MiB. Source: infra/docs/privacy.md.
#pragma once
#include <string>

#include "core/house.h"
#include "db/db.h"

namespace hy::portability {

inline constexpr int64_t kPage = 500;

struct Page {
    std::string json;  // an object; what it holds says `part`: account, conversations, files, messages
    std::string next;  // where the next page begins; empty: this was the last
};
// `from`: empty, or the `next` of another page. Throws bad_request "query".
Page page(db::Session& s, const House& house, int64_t account, const std::string& from);

}  // namespace hy::portability
