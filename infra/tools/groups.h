// Every group of the house, for those who need them all: the tool, the tests.
#pragma once
#include <span>

#include "api/documents.h"
#include "api/event.h"

namespace hy::tools {

struct Program {
    const char* kind;  // fastcgi, event, job
    const char* name;
};

std::span<const api::Group* const> groups();
std::span<const api::Stream> streams();
std::vector<Program> programs();

}  // namespace hy::tools
