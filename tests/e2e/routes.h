// Every endpoint there is, as the product itself lists them.
#pragma once
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hy::test {

// Method and path.
std::vector<std::pair<std::string, std::string>> all_routes();
// Paths behind a prefix: "user/get_users_info" below "/api/v3/".
std::set<std::string> paths_below(std::string_view prefix);

}  // namespace hy::test
