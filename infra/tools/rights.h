// Database users of the doors: sql/rights as statements.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace hy::tools {

// The names in the head of the matrix: ocms, workbot, … Throws bad_request "rights" for a text that is no matrix.
std::vector<std::string> rights_roles(std::string_view text);

// For each role the user hongyan_<role>@<host>, with these rights and no others. `password` is asked once for each role;
// it may hold any characters. Statements end with ";\n".
std::string rights_statements(std::string_view text, const std::string& schema, const std::string& host,
                              const std::vector<std::string>& passwords);

}  // namespace hy::tools
