// Plays a case: logs its users in, sets the scene, sends its requests, compares, remembers.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "cases/case_file.h"
#include "cases/executor.h"

namespace hy::cases {

struct Played {
    int steps = 0;  // that concerned this executor
    std::vector<std::string> faults;
};

// `executor_name`: pipeline or nginx. `world` may be nullptr for cases that only send.
Played play(const CaseFile& file, const std::string& executor_name, Executor& executor, World* world,
            std::map<std::string, std::string> variables = {});

// {{name}} and {{repeat N TEXT}}; throws for a name that was not saved.
std::string fill_in(const std::string& text, const std::map<std::string, std::string>& variables);

// The bytes of a `body` as it is written in the file; sets the content type it brings along.
std::string body_bytes(const std::string& body, std::string& content_type);

}  // namespace hy::cases
