#include "e2e/routes.h"

#include <cstdio>
#include <stdexcept>

#include "base/text.h"
#include "e2e/stack.h"

namespace hy::test {

std::vector<std::pair<std::string, std::string>> all_routes() {
    std::vector<std::pair<std::string, std::string>> found;
    FILE* pipe = popen(("env -i PATH=\"$PATH\" " + stack().bin + "/hongyanctl routes").c_str(), "r");
    if (!pipe) throw std::runtime_error("hongyanctl routes did not start");
    char line[1024];
    while (fgets(line, sizeof line, pipe)) {
        const auto cells = split(line, '\t');
        if (cells.size() > 1) found.emplace_back(cells[0], cells[1]);
    }
    pclose(pipe);
    return found;
}

std::set<std::string> paths_below(std::string_view prefix) {
    std::set<std::string> found;
    for (const auto& [method, path] : all_routes())
        if (path.starts_with(prefix)) found.insert(path.substr(prefix.size()));
    return found;
}

}  // namespace hy::test
